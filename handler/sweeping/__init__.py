"""Sweeping: what killed workers and clients left, and results after RETENTION_DAYS, is removed every hour."""

from handler.sweeping.sweeper import INTERVAL_S, Sweeper, sweep

__all__ = ["INTERVAL_S", "Sweeper", "sweep"]

"""Stores by name. To add one: a module with a class that implements `protocols.Store`, and a row here."""

from handler.backends import Backend
from handler.protocols import Store
from handler.settings import Settings


def _local(settings: Settings) -> Store:
    from handler.storage.local_store import LocalStore

    return LocalStore(settings)


def _s3(settings: Settings) -> Store:
    from s3_utils import S3Store

    return S3Store(settings)


STORES = {"local": Backend(_local), "s3": Backend(_s3, requires=("boto3",))}

"""A real S3 service for tests and benchmarks: OpenStack Swift with its S3 API, on 127.0.0.1, as the current user.

    with Swift() as swift:
        environ = swift.environ(swift.new_bucket())

It checks signatures, their age and their method as a bucket on the net does; a mock answers 200 to any of them.
Each instance has its own processes, ports and temporary folder, and leaves none of them behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from types import TracebackType

from tests.support.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("account", "container", "object", "proxy")

COMMON = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/node
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
log_address = {folder}/no-syslog
conn_timeout = 5
node_timeout = 60
# A listing right after a put shows it: the put waits for the listing's update, no daemon brings it later.
container_update_timeout = 60
"""

STORAGE = """
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
conn_timeout = 5
node_timeout = 60
"""

PROXY = """
[pipeline:main]
pipeline = {filters} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
conn_timeout = 5
node_timeout = 60
# There is one device: putting it aside after an error would leave none.
error_suppression_limit = 1000000
"""

FILTERS: dict[str, dict[str, str]] = {
    "catch_errors": {},
    "gatekeeper": {},
    "healthcheck": {},
    "cache": {"paste.filter_factory": "tests.support.swift_process:memory_cache"},
    "listing_formats": {},
    "bulk": {},
    "s3api": {"location": "{region}", "dns_compliant_bucket_names": "true"},
    "tempauth": {"user_{account}_{user}": "{secret} .admin"},
    "copy": {},
    "slo": {},
    "dlo": {},
    "versioned_writes": {"allow_versioned_writes": "true", "allow_object_versioning": "true"},
    "symlink": {},
}
"""The proxy's filters in their order, and what each is told beyond its own name."""

SWIFT_CONF = """\
[swift-hash]
swift_hash_path_prefix = local
swift_hash_path_suffix = test
[storage-policy:0]
name = default
default = yes
[swift-constraints]
max_meta_value_length = 2048
"""


class SwiftError(Exception):
    """The server could not be started; the message ends with its log."""


class Swift:
    """One server. ``start`` and ``stop`` it, or use it as a context manager."""

    region = "us-east-1"
    access_key = "test:tester"
    secret = "testing-Secret+1"

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['proxy']}"

    def start(self) -> None:
        """Start it and wait until it answers; SwiftError if it does not."""
        for attempt in range(3):
            try:
                return self._start()
            except SwiftError:
                # A port can be taken between the look and the bind; what else is wrong stays wrong.
                self.stop()
                if attempt == 2:
                    raise
        return None

    def stop(self) -> None:
        """End its processes and remove all it wrote."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=60)
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Swift:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def new_bucket(self) -> str:
        """The name of a fresh, empty bucket."""
        # Signed by hand: a boto3 client would listen to the AWS_… variables of the machine.
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        name = f"test-{uuid.uuid4().hex}"
        request = AWSRequest("PUT", f"{self.endpoint}/{name}")
        S3SigV4Auth(Credentials(self.access_key, self.secret), "s3", self.region).add_auth(request)
        plain = urllib.request.Request(request.url, method="PUT", headers=dict(request.headers))
        urllib.request.urlopen(plain, timeout=60).close()
        return name

    def environ(self, bucket: str) -> dict[str, str]:
        """The settings of a worker that uses a bucket of this server."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "S3_BUCKET": bucket,
        }

    def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="swift-"))
        (self._folder / "node" / "d1").mkdir(parents=True)
        _need_xattrs(self._folder)
        self._ports = dict(zip(SERVERS, free_ports(len(SERVERS)), strict=True))
        self._configure(self._folder)
        command = [sys.executable, "-m", "tests.support.swift_process", str(self._folder)]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        self._await(self._folder, self._process)

    def _configure(self, folder: Path) -> None:
        user = os.environ.get("USER") or _user()
        (folder / "swift.conf").write_text(SWIFT_CONF)
        for name in SERVERS:
            text = COMMON.format(port=self._ports[name], folder=folder, user=user)
            text += self._proxy() if name == "proxy" else STORAGE.format(name=name)
            (folder / f"{name}-server.conf").write_text(text)
            (folder / f"{name}.port").write_text(str(self._ports[name]))

    def _proxy(self) -> str:
        account, user = self.access_key.split(":")
        known = {"region": self.region, "account": account, "user": user, "secret": self.secret}
        text = PROXY.format(filters=" ".join(FILTERS))
        for name, options in FILTERS.items():
            own = "paste.filter_factory" in options
            lines = options if own else {"use": f"egg:swift#{name}"} | options
            text += f"[filter:{name}]\n"
            text += "".join(f"{key} = {value}\n".format(**known) for key, value in lines.items())
        return text

    def _await(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + 60
        waiting = list(self._ports.values())
        while waiting:
            waiting = [port for port in waiting if not _answers(port)]
            if process.poll() is not None or time.monotonic() > end:
                log = (folder / "log").read_text(errors="replace")[-2000:]
                raise SwiftError(f"Swift does not run:\n{log}")
            time.sleep(0.05)


def _answers(port: int) -> bool:
    """Whether a server of Swift answers at a port; each of them knows the address /healthcheck or refuses it."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
    return True


def _need_xattrs(folder: Path) -> None:
    probe = folder / "probe"
    probe.touch()
    try:
        os.setxattr(probe, "user.swift.metadata", b"x" * 3000)
    except OSError as error:
        raise SwiftError(
            "Swift keeps its metadata in user extended attributes, which the temporary folder lacks"
            f" ({error.strerror}); set TMPDIR to a folder on ext4, xfs or btrfs"
        ) from None
    finally:
        probe.unlink()


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name

"""Files and a network port that nothing may touch, and that tell when something did."""
import ctypes
import os
import shutil
import socket
import threading

IN_ACCESS, IN_OPEN = 0x1, 0x20


class WatchedFiles:
    """Counts how often the given files were opened or read (inotify)."""

    def __init__(self, paths):
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        for path in paths:
            if libc.inotify_add_watch(self._fd, os.fsencode(path), IN_ACCESS | IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def touched(self):
        """True when a file was opened since the last call."""
        try:
            return len(os.read(self._fd, 65536)) > 0
        except BlockingIOError:
            return False


class WatchedPort:
    """A listener on 127.0.0.1 that remembers whether anybody called."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            caller, _ = self._socket.accept()
            self.calls += 1
            caller.close()


def strace_command(log):
    """The wrapper that writes every open, exec and connect of a process tree to `log`."""
    return [shutil.which("strace"), "-f", "-qq", "-y", "-s", "4096", "-o", str(log), "-e",
            "trace=open,openat,openat2,connect,sendto,execve,creat"]

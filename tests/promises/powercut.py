"""What a disk may hold after the power went: made of the log of shim.c.

A file keeps what was written before its last sync; of what came later each write is there, missing
or torn between sectors of 512 bytes. A name keeps what was done before its folder's last sync; of
what came later, either the first so many changes are there, as a journal keeps them, or any.
"""
import collections
import dataclasses
import os

SECTOR = 512


@dataclasses.dataclass
class Call:
    number: int
    name: str
    inode: int
    offset: int
    a: str
    b: str
    data: bytes


def read_log(path):
    raw, calls, at = path.read_bytes(), [], 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        number, name, inode, offset, length, a, b = raw[at:end].decode().split("\t")
        at = end + 1
        data = b""
        if name == "write" or (name == "sync" and int(offset) >= 0):
            data = raw[at:at + int(length)]
            at += int(length)
        calls.append(Call(int(number), name, int(inode), int(offset), a, b, data))
    return calls


def put(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


class File:
    def __init__(self):
        self.kept, self.pending = bytearray(), []  # (offset, bytes), or (length, None) for a cut

    def sync(self, whole):
        if whole is not None:
            self.kept = bytearray(whole)
        else:
            for offset, data in self.pending:
                self._apply(self.kept, offset, data)
        self.pending = []

    @staticmethod
    def _apply(content, offset, data):
        if data is not None:
            put(content, offset, data)
        elif offset <= len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))

    def after_a_cut(self, chance, share):
        content = bytearray(self.kept)
        for offset, data in self.pending:
            if chance.random() > share:
                continue
            if data is not None and len(data) > SECTOR and chance.random() < 0.2:
                for at in range(0, len(data), SECTOR):
                    if chance.random() < 0.5:
                        put(content, offset + at, data[at:at + SECTOR])
            else:
                self._apply(content, offset, data)
        return content


class Disk:
    """Replays calls; image() writes one of the states that the power could have left."""

    def __init__(self, root):
        self.root = root
        self.files = collections.defaultdict(File)
        self.kept = {}     # name: File, or None for a folder
        self.pending = []  # (folders whose sync makes it last, [(name, File/None/"gone")])
        self.now = {}      # as the program sees it

    def change(self, folders, names):
        self.pending.append((folders, names))
        for name, what in names:
            self.set(self.now, name, what)

    @staticmethod
    def set(names, name, what):
        if what == "gone":
            names.pop(name, None)
        else:
            names[name] = what

    def play(self, call):
        above = os.path.dirname
        if call.name == "new":
            self.files[call.inode] = File()
        elif call.name == "write":
            self.files[call.inode].pending.append((call.offset, call.data))
        elif call.name == "cut":
            self.files[call.inode].pending.append((call.offset, None))
        elif call.name == "sync":
            self.files[call.inode].sync(call.data if call.offset >= 0 else None)
        elif call.name == "name":
            self.change({above(call.a)}, [(call.a, self.files[call.inode])])
        elif call.name == "folder":
            self.change({above(call.a)}, [(call.a, None)])
        elif call.name == "drop":
            self.change({above(call.a)}, [(call.a, "gone")])
        elif call.name == "move":
            what = self.now.get(call.a, self.files[call.inode])
            self.change({above(call.b)}, [(call.b, what)])
            self.change({above(call.a)}, [(call.a, "gone")])
        elif call.name == "syncdir":
            self.sync_folder(call.a)

    def sync_folder(self, folder):
        later = []
        for folders, names in self.pending:
            if folder in folders:
                for name, what in names:
                    self.set(self.kept, name, what)
            else:
                later.append((folders, names))
        self.pending = later

    def names_after_a_cut(self, chance):
        names = dict(self.kept)
        if chance.random() < 0.5:
            chosen = self.pending[:chance.randint(0, len(self.pending))]
        else:
            share = chance.choice((0.0, 0.5, 0.9))
            chosen = [change for change in self.pending if chance.random() < share]
        for _, changes in chosen:
            for name, what in changes:
                self.set(names, name, what)
        return names

    def image(self, chance, folder):
        """Into `folder`, which stands for the root. What is in no folder is lost."""
        names = self.names_after_a_cut(chance)
        share = chance.choice((0.0, 0.3, 0.7, 0.95))
        folder.mkdir(mode=0o700)
        for name in sorted(names, key=lambda n: n.count("/")):
            if not name.startswith(self.root + "/") or name.endswith("-shm"):
                continue  # the index of the log is made anew
            path = folder / name[len(self.root) + 1:]
            if not path.parent.is_dir():
                continue
            if names[name] is None:
                path.mkdir(mode=0o700, exist_ok=True)
            else:
                path.write_bytes(names[name].after_a_cut(chance, share))
                path.chmod(0o600)

"""What must be true of a data folder once nothing is going on in it: looks at the database and the
files themselves, past the service."""
import collections
import hashlib
import json
import sqlite3

MADE = ("analysis_key", "proxy_key", "poster_key", "strip_key")


def open_database(data):
    database = sqlite3.connect(f"file:{data}/aiditor.db", uri=True)
    database.row_factory = sqlite3.Row
    return database


def rows(database, sql, *values):
    return [dict(row) for row in database.execute(sql, values)]


def hash_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole(data):
    """Problems of the database alone; for any moment."""
    database = open_database(data)
    found = [f"integrity: {row}" for row in rows(database, "PRAGMA integrity_check")
             if row != {"integrity_check": "ok"}]
    found += [f"foreign key: {row}" for row in rows(database, "PRAGMA foreign_key_check")]
    found += usage(database) + lanes(database) + numbers(database)
    database.close()
    return found


def usage(database):
    found = []
    for row in rows(database, """
            SELECT u.workspace_id, committed_bytes, reserved_bytes,
                coalesce(sum(CASE o.state WHEN 'committed' THEN o.size END), 0) AS committed,
                coalesce(sum(CASE o.state WHEN 'staged' THEN o.size END), 0) AS staged
            FROM workspace_usage u LEFT JOIN objects o USING (workspace_id) GROUP BY 1"""):
        if (row["committed_bytes"], row["reserved_bytes"]) != (row["committed"], row["staged"]):
            found.append(f"the usage is not the sum of the objects: {row}")
    return found


def lanes(database):
    return [f"a lane counts other jobs than wait: {row}" for row in rows(database, """
        SELECT l.workspace_id, l.waiting, (SELECT count(*) FROM jobs j WHERE
            j.workspace_id = l.workspace_id AND j.state = 'queued') AS queued
        FROM job_lanes l""") if row["waiting"] != row["queued"]]


def numbers(database):
    return [f"events are missing: {row}" for row in rows(database, """
        SELECT workspace_id, min(seq) AS first, max(seq) AS last, count(*) AS n FROM events
        GROUP BY 1""") if (row["first"], row["last"]) != (1, row["n"])]


def objects(data):
    """After all jobs have ended and a sweep: what is stored is exactly what is needed."""
    database = open_database(data)
    known = {row["key"]: row for row in rows(database, "SELECT * FROM objects")}
    needed = collections.Counter()
    for clip in rows(database, "SELECT * FROM clips"):
        needed.update(clip[column] for column in ("source_key", *MADE) if clip[column])
    for montage in rows(database, "SELECT * FROM montages"):
        needed.update(file["key"] for file in json.loads(montage["files"]))
    waiting = {f"w/{u['workspace_id']}/clips/{u['clip_id']}/" for u in rows(
        database, "SELECT * FROM uploads WHERE state = 'open'")}
    database.close()
    found = [f"needed {n} times: {key}" for key, n in needed.items() if n > 1]
    committed = {key for key, row in known.items() if row["state"] == "committed"}
    found += [f"needed and not there: {key}" for key in needed.keys() - committed]
    found += [f"kept and not needed: {key}" for key in committed - needed.keys()]
    found += [f"{row['state']} for ever: {key}" for key, row in known.items()
              if row["state"] != "committed" and not any(key.startswith(w) for w in waiting)]
    return found + files(data, known, committed)


def files(data, known, committed):
    root = data / "objects"
    on_disk = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    found = [f"a file that nobody knows: {name}" for name in on_disk - known.keys()]
    found += [f"its file is gone: {key}" for key in committed - on_disk]
    for key in committed & on_disk:
        if (root / key).stat().st_size != known[key]["size"]:
            found.append(f"another size than was committed: {key}")
        elif hash_of(root / key) != known[key]["sha256"]:
            found.append(f"other bytes than were committed: {key}")
    return found


def once(data):
    """Every job has ended, and nothing is visibly done twice."""
    database = open_database(data)
    found = [f"has not ended: {row}" for row in rows(
        database, "SELECT id, kind, state FROM jobs WHERE state IN ('queued', 'running')")]
    for kind in ("job.done", "montage.ready", "clip.ready", "clip.added", "montage.created"):
        found += [f"{kind} {row['n']} times: {row['subject_id']}" for row in rows(
            database, "SELECT subject_id, count(*) AS n FROM events WHERE kind = ? "
            "GROUP BY 1 HAVING n > 1", kind)]
    for table, kind in (("clips", "ingest"), ("montages", "render")):
        found += [f"{row['n']} jobs about {row['id']}" for row in rows(
            database, f"SELECT t.id, count(j.id) AS n FROM {table} t LEFT JOIN jobs j "
            "ON j.subject_id = t.id AND j.kind = ? GROUP BY 1 HAVING n <> 1", kind)]
    database.close()
    return found

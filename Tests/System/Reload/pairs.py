#!/usr/bin/env python3
"""pairs.py ECHOD PAIRS SEED: checks that a reload has the same result as a start with the file, or changes nothing.

One echod reloads one random file after another. For each file, another echod is started in another network namespace.
Either both accept the file and then look the same from outside, or both refuse it and the reload changes nothing.
Prints the pairs that differ and a line with the counts. The exit status is 1 if any pair differs.
"""

import json, os, random, shutil, sys, tempfile, time
from multiprocessing import Pipe, Process

# Python writes nothing into the folder of the sources.
sys.dont_write_bytecode = True

from random_files import Files
from world import PATIENCE, Daemon, isolate

echod, pairs, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
# Whether the other process on a port has SO_REUSEPORT.
is_sharing = seed % 2 == 0


def reloaded_world(pipe, folder):
    strangers, daemon, last = isolate(is_sharing), None, None
    while (file := pipe.recv()) is not None:
        expected = pipe.recv()
        if daemon is None:
            daemon = Daemon(echod, folder, file)
            taken = daemon.starts()
            if not taken:
                daemon = None
        else:
            taken = daemon.reload(file)
        wanted = expected if expected is not None else last
        seen = daemon and daemon.seen()
        # The draining sockets of the old file take a moment to close.
        end = time.monotonic() + PATIENCE
        while daemon and taken == (expected is not None) and seen != wanted and time.monotonic() < end:
            time.sleep(0.01)
            seen = daemon.seen()
        last = seen
        pipe.send((taken, seen))
    if daemon:
        daemon.stop()


def fresh_world(pipe, folder):
    strangers = isolate(is_sharing)
    while (file := pipe.recv()) is not None:
        daemon = Daemon(echod, folder, file)
        pipe.send(daemon.seen_lastingly() if daemon.starts() else None)
        daemon.stop()


def start(world, folder):
    os.mkdir(folder)
    here, there = Pipe()
    process = Process(target=world, args=(there, folder))
    process.start()
    there.close()
    return here, process


def differences(one, other):
    return {key: (one[key], other[key]) for key in one if one[key] != other[key]}


def main():
    work = tempfile.mkdtemp(prefix="reload")
    fresh, one = start(fresh_world, work + "/fresh")
    reloaded, other = start(reloaded_world, work + "/reloaded")
    files = Files(random.Random(seed))
    differing, served, last, last_file = 0, 0, None, None
    for number in range(pairs):
        file = files.next()
        fresh.send(file)
        expected = fresh.recv()
        reloaded.send(file)
        reloaded.send(expected)
        taken, seen = reloaded.recv()
        served += taken
        wanted = expected if expected is not None else last
        if taken != (expected is not None) or seen != wanted:
            differing += 1
            print(f"pair {number}: {json.dumps(last_file)} -> {json.dumps(file)}: a start "
                  f"{'works' if expected else 'is refused'}, the reload {'works' if taken else 'is refused'}; "
                  f"{differences(wanted, seen) if wanted and seen else ''}", flush=True)
        last, last_file = seen, (json.loads(json.dumps(file)) if taken else last_file)
    for pipe, process in ((fresh, one), (reloaded, other)):
        pipe.send(None)
        process.join()
    shutil.rmtree(work)
    print(f"{pairs} pairs with seed {seed}: {served} served, {differing} differ")
    return 1 if differing else 0


sys.exit(main())

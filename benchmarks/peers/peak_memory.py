"""Runs a command and says what it took: seconds, GPU memory, resident memory and its parts.

    python peak_memory.py COMMAND ...

Prints one line of JSON when the command has ended, and exits with its code. resident_gib is the most that the process has had in memory;
anonymous_gib are pages of its own (heaps, stacks), file_gib those of mapped files, such as libraries and weights, which the system can
drop and read again, shared_gib those of shared memory. These parts are polled, and their peaks need not coincide. gpu_gib is what
nvidia-smi says is used on the first GPU, by all processes; 0 without it. Needs Linux.
"""

import json
import subprocess
import sys
import threading
import time

FIELDS = {"VmHWM": "resident_gib", "RssAnon": "anonymous_gib", "RssFile": "file_gib", "RssShmem": "shared_gib"}
SMI = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]


def poll(process, read, seconds):
    while process.poll() is None:
        try:
            read()
        except (FileNotFoundError, ProcessLookupError):
            return  # no nvidia-smi, or the process has ended
        time.sleep(seconds)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    peak = dict.fromkeys([*FIELDS.values(), "gpu_gib"], 0.0)

    def gpu():
        used = subprocess.run(SMI, capture_output=True, text=True, check=False).stdout.split()
        peak["gpu_gib"] = max(peak["gpu_gib"], float(used[0]) / 2**10 if used else 0.0)

    def host():
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            for line in status:
                field, _, value = line.partition(":")
                if field in FIELDS:
                    peak[FIELDS[field]] = max(peak[FIELDS[field]], int(value.split()[0]) / 2**20)

    start = time.perf_counter()
    with subprocess.Popen(sys.argv[1:]) as process:
        watcher = threading.Thread(target=poll, args=(process, gpu, 0.1))
        watcher.start()
        poll(process, host, 0.02)
        process.wait()
        seconds = time.perf_counter() - start
        watcher.join()
    print(json.dumps({"exit_code": process.returncode, "seconds": seconds, **peak}))
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()

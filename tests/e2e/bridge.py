#!/usr/bin/env python3
"""A line with delay and jitter between two network namespaces: two TUN devices and this process between them, the same for the same seed.

bridge.py NAMESPACE ADDRESS NAMESPACE ADDRESS --delay MS --jitter MS --seed N

Prints `up` when packets pass, and ends when its standard input does."""
import argparse
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def device(name, namespace, own, other):
    """A TUN device of its own namespace, and our end of it."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    for command in (
        f"ip link set {name} netns {namespace}",
        f"ip -n {namespace} addr add {own} peer {other} dev {name}",
        f"ip -n {namespace} link set {name} up",
        # A host of the internet has a way out; without one no multicast group can be joined.
        f"ip -n {namespace} route add default dev {name}",
    ):
        subprocess.check_call(command.split())
    return end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ends", nargs=4)
    parser.add_argument("--delay", type=float, default=0, help="ms one way")
    parser.add_argument("--jitter", type=float, default=0, help="ms, evenly from 0 to this on top")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    near, near_address, far, far_address = options.ends
    try:
        # A late bridge would be a worse network than was asked for.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except OSError as error:
        print(f"no real-time priority: {error}", file=sys.stderr)
    tag = os.getpid() % 100000
    ends = [
        device(f"vf{tag}a", near, near_address, far_address),
        device(f"vf{tag}b", far, far_address, near_address),
    ]
    chance = [random.Random(options.seed), random.Random(options.seed + 1)]
    waiting, count, last = [], 0, [0.0, 0.0]
    print("up", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, out, packet = heapq.heappop(waiting)
            try:
                os.write(out, packet)
            except OSError:
                pass  # The other end is being taken down.
        wait = max(0.0, waiting[0][0] - now) if waiting else None
        ready, _, _ = select.select([*ends, sys.stdin], [], [], wait)
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 64):
            return
        for way, end in enumerate(ends):
            if end not in ready:
                continue
            try:
                packet = os.read(end, 2048)
            except OSError:
                continue
            # Jitter spreads packets but does not swap them: a queue keeps its order.
            due = time.monotonic() + (options.delay + chance[way].random() * options.jitter) / 1000
            last[way] = max(last[way], due)
            count += 1
            heapq.heappush(waiting, (last[way], count, ends[1 - way], packet))


main()

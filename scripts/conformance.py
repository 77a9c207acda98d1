"""The WebSocket suite against our sockets.

    python-kosoku scripts/conformance.py ECHO REPORTS

kosoku runs the cases of the Autobahn test-suite against ECHO (server/examples/echo.rs), one connection each. Prints what
did not go as the cases want, and writes the suite's own pages into REPORTS. Fails unless every case passes, but for those
that want what we do not offer; what is right there is said below, and checked as well.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter

from kosoku import FailureError, run_fuzzingclient
from kosoku._kosoku import Behavior
from kosoku._report import write_reports

# Messages above 64 KiB (MAX_FRAME_BYTES), whole or in fragments: to be refused with 1009.
TOO_LARGE = re.compile(r"9\.[12]\.[2-6]|9\.[3-6]\.\d")

# permessage-deflate: not to be accepted, so that the suite finds it unimplemented.
COMPRESSION = re.compile(r"1[23]\.\d+\.\d+")


def wrong(case):
    """What is wrong with a case's outcome; None where it is as it has to be."""
    if COMPRESSION.fullmatch(case.case_id):
        return None if case.behavior == Behavior.UNIMPLEMENTED else f"compression is {case.behavior.value}"
    if TOO_LARGE.fullmatch(case.case_id):
        code = case.remote_close_code
        return None if code == 1009 else f"too large: to be closed with 1009, not with {code}: {case.result}"
    if case.passed:
        return None
    return (
        f"{case.behavior.value} ({case.result}), close {case.behavior_close.value} "
        f"({case.result_close}; code {case.remote_close_code})"
    )


def verdict(case):
    if COMPRESSION.fullmatch(case.case_id):
        return "compression, which is not offered"
    if TOO_LARGE.fullmatch(case.case_id):
        return "above 64 KiB, refused with 1009"
    return case.behavior.value


async def run(port):
    try:
        return await run_fuzzingclient(f"ws://127.0.0.1:{port}")
    except FailureError as failure:
        return failure.results


def main(echo, reports):
    server = subprocess.Popen([echo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        results = asyncio.run(run(int(server.stdout.readline())))
    finally:
        server.stdin.close()
        server.wait(timeout=10)
    write_reports(results, reports)
    failed = [(case, reason) for case in results if (reason := wrong(case))]
    counts = Counter(verdict(case) for case in results if not wrong(case))
    print(f"{len(results)} cases; the suite's own report: {reports}/index.html")
    for what, count in counts.most_common():
        print(f"  {count:4} {what}")
    for case, reason in failed:
        print(f"  FAILED {case.case_id}: {reason}\n         {' '.join(case.expectation.split())}")
    # A suite that ran nothing has shown nothing.
    sys.exit(1 if failed or len(results) < 500 else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

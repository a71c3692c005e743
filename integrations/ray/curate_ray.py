#!/usr/bin/env python3
"""Runs a recipe of `fundi curate` on a Ray cluster.

    python curate_ray.py recipe.yaml [KEY=VALUE...] [--address auto] [--fundi PATH] [--threads N]

Recipe, inputs, output and the program must lie on storage that all nodes share, under the same
paths. Ray places the tasks, runs them again when a worker or node dies, and shows them in its
dashboard; fundi does the work. What is done stays done: start again after anything went wrong.
"""

import argparse
import fcntl
import json
import os
import subprocess
import sys

import ray


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--address", help="of the cluster (default: one on this machine)")
    parser.add_argument("--fundi", default="fundi", help="the program (default: fundi on PATH)")
    parser.add_argument("--threads", type=int, default=1, help="and CPUs a task (default: 1)")
    parser.add_argument("--memory", default="1GB", help="of a task (default: 1GB)")
    parser.add_argument("--retries", type=int, default=3, help="when the worker of a task dies")
    return parser.parse_args()


def run_task(command, folder, task, attempts=3):
    """Returns why the task was given up: it failed so often, or its process was killed so often.
    Raises, so that Ray tries again, where it cannot begin (no program, no recipe on that node)."""
    command = command + ["--task", task["id"]]
    for _ in range(attempts):
        done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        if done.returncode == 0:
            return None
        if os.path.exists(task["given_up"]):
            return done.stderr
        if done.returncode > 0:
            raise RuntimeError(f"{task['id']}: fundi ended with {done.returncode}: {done.stderr}")
    reason = f"killed by signal {-done.returncode} each time"
    subprocess.run(command + ["--give-up", reason], cwd=folder, check=True)
    return reason


def run_stage(stage, remote, command, show):
    tasks = [task for task in stage["tasks"] if not task["done"]]
    for task in tasks:  # what an earlier run said of them
        if os.path.exists(task["given_up"]):
            os.remove(task["given_up"])
    waiting = {remote.options(name=task["id"]).remote(command, os.getcwd(), task): task["id"]
               for task in tasks}
    given_up = []
    while waiting:
        ready, _ = ray.wait(list(waiting))
        for reference in ready:
            name = waiting.pop(reference)
            log = ray.get(reference)
            if log is not None:
                given_up.append(name)
                print(f"{name} was given up: {log}", file=sys.stderr)
        show(f"{stage['stage']}: {len(tasks) - len(waiting)} of {len(tasks)}")
    return given_up


def hold(output):
    """The lock of a whole run (src/curate/flow/work_lock.h), until the file is closed."""
    work = os.path.join(output, "work")
    os.makedirs(work, exist_ok=True)
    file = open(os.path.join(work, "lock"), "a")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
    except (BlockingIOError, PermissionError):
        return None
    except OSError:
        pass  # storage without locks
    return file


def main():
    arguments = parse_arguments()
    command = [arguments.fundi, "curate", arguments.recipe, *arguments.overrides]
    planned = subprocess.run(command + ["--plan", "--json"], stdout=subprocess.PIPE)
    if planned.returncode != 0:
        return planned.returncode  # fundi has said why
    plan = json.loads(planned.stdout)
    command += ["--quiet", "--threads", str(arguments.threads), "--memory", arguments.memory]
    lock = hold(plan["output"])
    if lock is None:
        print(f"{plan['output']}: another run is at work there", file=sys.stderr)
        return 2
    ray.init(address=arguments.address, log_to_driver=False, logging_level="warning")
    remote = ray.remote(num_cpus=arguments.threads, max_retries=arguments.retries,
                        retry_exceptions=True)(run_task)

    def show(line):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    given_up = []
    for stage in plan["stages"]:
        try:
            given_up += run_stage(stage, remote, command, show)
        except ray.exceptions.RayError as error:
            print(f"{stage['stage']}: {error}\nStart again to go on from here.", file=sys.stderr)
            return 1
    show("")
    print(os.path.join(plan["output"], "card.html"))
    if given_up:
        print(f"{len(given_up)} tasks were given up, the first: {given_up[0]}", file=sys.stderr)
    return 1 if given_up else 0


if __name__ == "__main__":
    sys.exit(main())

"""The words of Slurm's tables: titles of columns, states of nodes, states of jobs."""

from __future__ import annotations

_TITLES = """
PARTITION AVAIL TIMELIMIT NODES STATE NODELIST JOBID NAME USER ST TIME NODELIST(REASON) CPUS
MEMORY REASON HOSTNAMES GRES JOBNAME ACCOUNT ALLOCCPUS EXITCODE S:C:T TMP_DISK WEIGHT AVAIL_FE
TIMESTAMP CPUS(A/I/O/T) GRES_USED ELAPSED SUBMIT_TIME STATECOMPACT NODEHOST NODES(A/I/O/T)
"""
_NODE_STATES = """
alloc allocated blocked comp completing down drain drained draining drng fail failing failg
future idle inval maint mix mixed perfctrs plnd planned pow_dn pow_up power_down power_up reboot
reboot^ resv reserved unk unknown block
"""
_JOB_STATES = """
PD R CA CF CG CD F NF S TO OOM BF DL PR RD RF RH RQ RS RV SI SE SO ST PENDING RUNNING COMPLETED
COMPLETING CANCELLED FAILED TIMEOUT SUSPENDED PREEMPTED NODE_FAIL OUT_OF_MEMORY BOOT_FAIL
DEADLINE CONFIGURING REQUEUED RESIZING REVOKED SIGNALING SPECIAL_EXIT STAGE_OUT STOPPED
RESV_DEL_HOLD REQUEUE_FED REQUEUE_HOLD
"""

TITLES = frozenset(_TITLES.split())
NODE_STATES = frozenset(_NODE_STATES.split())
JOB_STATES = frozenset(_JOB_STATES.split())

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the workload runs on: the model machine in a process (stage_model.c), or the
 * image's with its VMX (baremetal/workload/stage.c). Memory, CPU and clock are
 * host/platform.h's.
 */
#ifndef PKVM_BENCH_STAGE_H
#define PKVM_BENCH_STAGE_H

#include "../host/host.h"

/* A system that is up, without these features; this CPU is enabled. 0 or -errno. */
PKVM_MUST_CHECK int stage_open(struct pkvm_host *host, uint64_t without);
void stage_close(void);

/* An interrupt of the host's own, which ends the next run. */
void stage_raise_irq(uint8_t vector);

/* One line, and the program is over as failed. */
_Noreturn void stage_fail(const char *what, const char *why);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A system that is up, with many vCPUs in it, for benchmarks of single calls. */
#ifndef PKVM_BENCH_SYSTEM_H
#define PKVM_BENCH_SYSTEM_H

#include <pkvm/pkvm.h>

struct machine;

/* What fails ends the program with a line. */
void system_check(struct pkvm_status status, const char *what);
uint64_t system_pages(uint64_t count);
/* Negotiates everything, hands over all RAM, enables this CPU. */
void system_bring_up(struct machine *m);
/* npVMs of 63 vCPUs each until there are enough; the last one's handle and shared page. */
uint64_t system_make_vcpus(unsigned int count, struct pkvm_shared_page **page);

#endif

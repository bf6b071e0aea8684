/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What one call costs in VMX root operation, in instructions, by what it was. */
#ifndef PKVM_BENCH_BAREMETAL_H
#define PKVM_BENCH_BAREMETAL_H

#include "../../abi-tests/baremetal/calls/kernel.h"
#include "count.h"

/* work.c and its neighbours: every call of the table, of VMs of both kinds. */
void work(void);
void work_on_state(uint64_t type);
void work_on_events(uint64_t type);
void work_on_apic(uint64_t type);
void work_on_second_vcpus(uint64_t type);
void work_of_guests(void);
/* How often each is made, on each VM. */
#define TIMES 32u

/* table.c: each call's line; false: a row of the call table has none. */
bool table_print(void);

/* exits.c: what a run of a guest costs in VM exits. */
void exits(void);

/* sweep.c: false when a number matters that must not, or was forgotten. */
bool sweep(void);

#endif

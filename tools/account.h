/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the report knows of the VMs and vCPUs of a scenario: for its own files.
 */
#ifndef PKVM_TOOLS_ACCOUNT_H
#define PKVM_TOOLS_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <pkvm/regs.h>
#include <pkvm/trace.h>
#include "report.h"

#define MOST_CPUS   64
#define ROOM        256                 /* entries of one block: reasons and rows  */

struct block {
	struct pkvm_trace_entry *entry;
	unsigned int count;
};

struct vm {
	uint64_t handle;
	unsigned int number;            /* from 1, in the order of creation        */
	bool pvm;
	struct vm *next;
};

struct vcpu {
	uint64_t handle;                /* 0 once it is gone                       */
	uint64_t page;
	uint64_t id;
	unsigned int number;
	struct vm vm;
	struct block trace;
	struct vcpu *next;
	struct vcpu *before;
};

struct report {
	struct vm *vms;                 /* latest first                            */
	struct vcpu *vcpus;             /* in the order of creation                */
	struct vcpu *latest;
	unsigned int nr_vms;
	unsigned int nr_vcpus;
	uint64_t current[MOST_CPUS];    /* the vCPU loaded on each CPU             */
	bool traced;                    /* the core's trace is on                  */
	uint64_t buffer;                /* host page for its dumps                 */
	struct pkvm_trace_entry read[ROOM];     /* one block, before it is kept    */
	char *warnings;
	size_t warnings_size;
	FILE *stream;
};

/* Zero; there is always some. */
void *account_allocate(size_t size);

/* What a successful vm_init and vcpu_create made. */
void account_vm(struct report *report, const struct pkvm_regs *in, uint64_t handle);
void account_vcpu(struct report *report, const struct pkvm_regs *in, uint64_t handle);

/* NULL: no such vCPU, or not any more. */
struct vcpu *account_find(const struct report *report, uint64_t handle);
void account_name(const struct vcpu *vcpu, char *name, size_t size);

#endif

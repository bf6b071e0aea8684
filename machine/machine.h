/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A machine in one process: physical memory, processors that model VMX, and
 * what the host finds on it. It is the platform (lib/platform.h) of the core,
 * the owner of the model engine's processors (lib/vmcs/model.h) and the
 * function-call transport of the host (host/transport.h).
 *
 * A process has one machine at a time. Functions that take the machine are an
 * observer's; those that do not are what software running on it does. A thread
 * is a processor's while it is bound to it; several may run at once.
 */
#ifndef PKVM_MACHINE_H
#define PKVM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../lib/vmcs/vmcs.h"

struct machine;
struct pkvm_hyp;

/* One answer of the CPUID instruction. */
struct machine_cpuid_row {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* Rows, and bits that are 0 whatever those say: what the processor has not. */
struct machine_cpuid {
	struct machine_cpuid_row *row;
	size_t count;
	const struct machine_cpuid_row *lacks;
	size_t nr_lacks;
};

/*
 * Zero or NULL in a member asks for what its comment names first. The table's
 * rows must live as long as the machine.
 */
struct machine_config {
	uint64_t ram_size;                 /* 64 MiB; RAM begins at 0           */
	uint64_t ram_base;                 /* 0; the host uses RAM from here on */
	uint64_t hyp_size;                 /* 2 MiB, at the top of RAM          */
	unsigned int cpus;                 /* 1                                 */
	const struct pkvm_vmx_caps *caps;  /* default ones, fitted to cpuid     */
	const struct machine_cpuid *cpuid; /* a small table of its own          */
	uint64_t seed;                     /* of what fresh host pages hold     */
	bool deterministic_tsc;            /* a counter instead of RDTSC        */
	FILE *report;                      /* stderr; for the host's warnings    */
};

/*
 * Builds the machine, binds the calling thread to CPU 0 and boots the core.
 * NULL: *why (unless why is NULL) is one line about the reason.
 */
struct machine *machine_create(const struct machine_config *config, const char **why);

/* No other thread may be bound to a CPU any more. */
void machine_destroy(struct machine *m);

/* Binds the calling thread to a CPU, leaving its old one; false: taken. */
bool machine_enter_cpu(struct machine *m, unsigned int cpu);
void machine_leave_cpu(void);

/* Whose VMX it is: "model", or "vmx" where baremetal/ implements this header. */
const char *machine_engine(void);

struct pkvm_hyp *machine_hyp(struct machine *m);
uint64_t machine_ram_base(const struct machine *m);
uint64_t machine_ram_size(const struct machine *m);
uint64_t machine_hyp_base(const struct machine *m);

/* The small table, and the features of a Skylake-class server, as they are and fitted to one. */
const struct machine_cpuid *machine_default_cpuid(void);
struct pkvm_vmx_caps machine_default_caps(void);
void machine_fit_caps(struct pkvm_vmx_caps *caps, const struct machine_cpuid *cpuid);

/*
 * Reads a capture as `cpuid -r` prints it; scenarios/captures/ has some. Only
 * the first processor's rows count. False: *error is "name:line: what" in at
 * most size bytes, and the table is empty.
 */
bool machine_cpuid_parse(FILE *file, const char *name, struct machine_cpuid *table,
			 char *error, size_t size);
bool machine_cpuid_load(const char *path, struct machine_cpuid *table, char *error,
			size_t size);
void machine_cpuid_free(struct machine_cpuid *table);

/*
 * Memory as the host reaches it. False: a page of the range is out of the host's
 * view, and nothing was read or written; hardware would raise an EPT violation.
 */
bool machine_host_read(uint64_t pa, void *to, size_t length);
bool machine_host_write(uint64_t pa, const void *from, size_t length);
bool machine_host_sees(uint64_t pa);

/*
 * The host's mapping of a page that stays in its view, a vCPU's shared page for
 * one; NULL when the host does not see it now. Nothing checks later accesses,
 * and those that race with the core must be atomic.
 */
void *machine_host_ptr(uint64_t pa);

/*
 * Contiguous pages of the host's own RAM, filled with noise as used memory is;
 * 0 when there are none. Freeing refuses pages that are not the host's to free:
 * not allocated, or still out of its view.
 */
uint64_t machine_host_alloc(uint64_t pages);
bool machine_host_free(uint64_t pa, uint64_t pages);

/* Every page of RAM is either in the host's view or private. */
struct machine_page_counts {
	uint64_t ram;
	uint64_t host_view;
	uint64_t private;
	uint64_t allocated;     /* by machine_host_alloc(), not yet freed */
};

struct machine_page_counts machine_page_counts(struct machine *m);

/*
 * A hash over every page that the host does not see, but pages of trace
 * counters. One page's alone: for tests that change single bytes.
 */
uint64_t machine_hash_private(struct machine *m);
uint64_t machine_hash_page(struct machine *m, uint64_t pa);

/*
 * Physical events: due once the CPU has executed so many more guest instructions.
 * False: the CPU still has one that nobody took. The host takes what a VM exit
 * left pending: the vector, or -1 when nothing is due.
 */
bool machine_raise_irq(struct machine *m, unsigned int cpu, uint8_t vector,
		       uint64_t instructions);
bool machine_raise_nmi(struct machine *m, unsigned int cpu, uint64_t instructions);
int machine_take_irq(void);
bool machine_take_nmi(void);

/*
 * The mode in which the host of a CPU calls (CPL 0, 64-bit mode unless set), and
 * how many #UD its calls have raised there.
 */
void machine_host_mode(struct machine *m, unsigned int cpu, unsigned int cpl, bool long_mode);
uint64_t machine_host_ud(const struct machine *m, unsigned int cpu);

/* Writes that reached IA32_PRED_CMD and IA32_FLUSH_CMD of any CPU. */
uint64_t machine_command_msr_writes(struct machine *m);

/*
 * How many VM entries of a CPU were refused; the rule that refused the last one, and
 * what it demands, when there was one. 0 where nobody but the processor knows.
 */
uint64_t machine_refused_entries(const struct machine *m, unsigned int cpu, const char **rule,
				 const char **sentence);

#endif

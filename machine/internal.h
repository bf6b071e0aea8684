/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of the machine share: the machine, its processors, and how a
 * thread finds its own.
 */
#ifndef PKVM_MACHINE_INTERNAL_H
#define PKVM_MACHINE_INTERNAL_H

#include <pthread.h>

#include "machine.h"
#include "../lib/platform.h"
#include "../lib/vmcs/model.h"

#define MACHINE_PAGE_SIZE  4096u
#define MACHINE_PAGE_SHIFT 12
#define MACHINE_NR_MSRS    80           /* at least the sum of msr.c's counts     */

/* Components of extended state (SDM section "XSAVE-Supported Features"). */
#define XSTATE_X87         0
#define XSTATE_SSE         1
#define XSTATE_PKRU        9
#define XSTATE_NR          63
#define XSTATE_LEGACY_SIZE 512u
#define XSTATE_HEADER_SIZE 64u
#define XSTATE_XMM_WORD    (160 / 8)    /* of XMM0 in the legacy region           */

/* Leaf 0xD, read once. */
struct machine_xlayout {
	uint64_t xcr0;                  /* bits that may be set                   */
	uint64_t xss;
	bool xsave;
	bool compacted;                 /* XSAVEC or XSAVES                       */
	bool xsaves;                    /* and with it IA32_XSS                   */
	bool xfd;
	struct {
		uint32_t size;          /* 0: the processor has no such component */
		uint32_t offset;        /* in the standard format                 */
		bool aligned;           /* to 64 bytes, in the compacted format   */
	} component[XSTATE_NR];
};

/* The extended registers of one CPU. */
struct machine_xstate {
	uint64_t xcr0;
	uint64_t xss;
	uint32_t pkru;
	union {
		uint8_t byte[XSTATE_LEGACY_SIZE];
		uint64_t word[XSTATE_LEGACY_SIZE / 8];
	} legacy;                       /* x87, MXCSR, XMM, as in an XSAVE area   */
	uint8_t *component[XSTATE_NR];  /* the others, in one block; NULL: none   */
	uint8_t *block;
};

struct machine_cpu {
	struct model_cpu model;
	struct machine_xstate xstate;
	uint64_t msr[MACHINE_NR_MSRS];
	uint64_t command_writes;
	struct machine *machine;
	struct pkvm_cpu *core;          /* the core's own part of this CPU        */
	unsigned int number;
	unsigned int bound;             /* a thread is this CPU; atomic           */
	unsigned int host_cpl;
	bool host_long_mode;
	uint64_t host_ud;
	uint32_t host_nmi;              /* VM exits took it; atomic               */
};

struct machine {
	uint8_t *ram;
	uint64_t ram_size;
	uint64_t ram_base;
	uint64_t hyp_base;
	struct pkvm_hyp *hyp;
	struct machine_cpuid cpuid;
	struct machine_xlayout xlayout;
	bool tsc_aux;                   /* RDTSCP or RDPID                        */
	bool deterministic_tsc;
	uint64_t tsc;

	pthread_rwlock_t view_lock;     /* accesses of the host against changes   */
	uint8_t *view;                  /* a byte a page: 1 the host sees it      */

	pthread_mutex_t pages_lock;
	uint8_t *allocated;             /* a byte a page                          */
	uint64_t nr_allocated;
	uint64_t lowest_free;           /* no free page below                     */
	uint64_t noise;                 /* state of the generator                 */

	pthread_mutex_t report_lock;
	FILE *report;

	unsigned int nr_cpus;
	struct machine_cpu cpu[PKVM_PLAT_MAX_CPUS];
};

/* The machine of the process, and the CPU that the calling thread is. */
extern struct machine *machine_current;
extern _Thread_local struct machine_cpu *machine_self;

/* Something on the machine did what would take a real one down: says so, aborts. */
_Noreturn void machine_stop(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static inline struct machine_cpu *machine_this_cpu(void)
{
	struct machine_cpu *cpu = machine_self;

	if (!cpu)
		machine_stop("a thread that is bound to no CPU runs the core");
	return cpu;
}

/* cpuid.c */
void machine_cpuid_answer(const struct machine_cpu *cpu, uint32_t leaf, uint32_t subleaf,
			  struct pkvm_cpuid_regs *regs);
void machine_cpuid_row(const struct machine_cpuid *table, uint32_t leaf, uint32_t subleaf,
		       struct pkvm_cpuid_regs *regs);

/* memory.c; the whole carve-out leaves the host's view before the core boots */
bool machine_memory_create(struct machine *m);
void machine_memory_destroy(struct machine *m);

/* msr.c, xstate.c: the state of a CPU after the firmware and the host's boot */
void machine_msr_reset(struct machine_cpu *cpu);
bool machine_xstate_create(struct machine_cpu *cpu);
void machine_xstate_destroy(struct machine_cpu *cpu);

/* xlayout.c */
void machine_xlayout_read(struct machine_xlayout *layout, const struct machine_cpuid *cpuid);
bool machine_xcr0_valid(const struct machine_xlayout *layout, uint64_t value);
/* Bytes of an area for these components, header and legacy region included. */
uint64_t machine_xsize_standard(const struct machine_xlayout *layout, uint64_t components);
uint64_t machine_xsize_compacted(const struct machine_xlayout *layout, uint64_t components);
/* Where a component lies in an area of the compacted format. */
uint64_t machine_xoffset_compacted(const struct machine_xlayout *layout, uint64_t components,
				   unsigned int component);

#endif

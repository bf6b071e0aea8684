/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where a hostile host looks for what is a pVM's. Each function looks at all of
 * one kind, counts what it looked at, and tells what should not be there.
 */
#ifndef PKVM_ISOLATION_LOOK_H
#define PKVM_ISOLATION_LOOK_H

#include "../calls/kernel.h"
#include "marker.h"

enum channel {
	EXIT_WORDS,
	CALL_ANSWERS,
	GENERAL_REGISTERS,
	CONTROL_REGISTERS,
	DEBUG_REGISTERS,
	FPU_CONTROL,
	X87_REGISTERS,
	XMM_REGISTERS,
	YMM_REGISTERS,
	ZMM_REGISTERS,
	MSRS,
	SHARED_PAGE,
	TRACE_PAGE,
	HOST_MEMORY,
	DONATED_PAGES,
	HYPERVISOR_PAGES,
	RECLAIMED_PAGES,
	NR_CHANNELS
};

/* look.c */
void looked_at(enum channel channel, uint64_t values);
void found(enum channel channel, const char *what, uint64_t where, uint64_t value);
bool found_any(void);
void print_channels(void);
/* A marker, or an address with one; a half of one. */
bool is_marker(uint64_t value);
bool is_half(uint32_t value);
/* Neither of these; exactly that. */
void expect_no_marker(enum channel channel, const char *what, uint64_t where, uint64_t value);
void expect_same(enum channel channel, const char *what, uint64_t where, uint64_t value,
		 uint64_t expected);

/* look.S: before and after a VMCALL, in hardware order. */
extern uint64_t look_before[16], look_after[16];
void look_vmcall(void);

/* registers.c: what the host has in its own, and whether it still has it. */
void registers_prepare(void);
void look_at_registers(uint32_t outputs);
uint64_t guest_features(void);
/* The call, by its number and first words; the outputs are those that may change. */
void call(uint64_t number, uint64_t word1, uint64_t word2, uint32_t outputs);

/* msr.c: the first look finds the MSRs that can be read, later ones read those. */
void msrs_prepare(void);
void look_at_msrs(bool all);

/* pages.c: pages that the host gave away, page by page, until they come back. */
void pages_donated(uint64_t address, uint64_t pages);
void pages_came_back(uint64_t address, uint64_t pages);
uint64_t nr_donated(void);
void look_at_pages(void);
void look_at_reclaimed(uint64_t address, uint64_t pages, uint64_t ranges);

/* shared.c: the vCPU's page and its trace; without a vCPU the host's trace alone. */
void look_at_shared_page(const struct pkvm_shared_page *page);
void look_at_trace(uint64_t vcpu);

/* calls.c: calls that answer with something of a vCPU's. */
void look_at_answers(void);

/* pvm.c: a pVM with guest.S, which has not run; another that VM entry refuses. */
void pvm_make(struct kernel *k);
void pvm_make_refused(struct vm *vm);
/* Maps a page there, which was the host's. */
void pvm_give_page(uint64_t gpa);
/* Looks at everything that comes back; and at the whole machine in between. */
void pvm_free(const struct vm *vm);

/* exits.c: runs it to its end and looks after each exit. */
void look_at_every_exit(struct kernel *k);
void look_at_refused_entry(const struct vm *vm);
/* All channels but those of an exit; vcpu 0: there is none any more. */
void look_everywhere(const struct vm *vm, uint64_t vcpu);

/* guest.S */
extern const uint8_t guest_begin[], guest_end[];

#endif

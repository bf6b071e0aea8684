/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where a hostile host looks for what is a pVM's. Each function looks at all of
 * one kind, counts what it looked at, and tells what should not be there. What a
 * second CPU looks at is counted apart.
 */
#ifndef PKVM_ISOLATION_LOOK_H
#define PKVM_ISOLATION_LOOK_H

#include "../calls/kernel.h"
#include "marker.h"

enum channel {
	EXIT_WORDS,
	POSTED_ITEMS,
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

#define LOOKING_CPUS 2

/* The pVM: a BSP, a second vCPU, and what its processor has (HAS_*). */
struct pvm {
	struct kernel kernel;
	struct vm second;
	uint64_t has;
};

/* look.S: before and after a CPU's VMCALL, in hardware order. */
struct look_gprs {
	uint64_t before[16], after[16];
};
extern struct look_gprs look_gprs[LOOKING_CPUS];
void look_vmcall_0(void);
void look_vmcall_1(void);

/* registers.c: what the host has in its own, and whether it still has it. */
void registers_prepare(void);
void look_at_registers(uint32_t outputs);
uint64_t guest_has_of_registers(void);
/* The call, by its number and first words; the outputs are those that may change. */
const uint64_t *call(uint64_t number, uint64_t word1, uint64_t word2, uint32_t outputs);

/* msr.c: the first look finds the MSRs that can be read, later ones read those. */
void msrs_prepare(void);
void look_at_msrs(bool all);

/*
 * pages.c: pages that the host gave away, page by page, until they come back. One
 * that moves is looked at by none but CPU 0, until no page does (address 0).
 */
void pages_donated(uint64_t address, uint64_t pages);
void pages_came_back(uint64_t address, uint64_t pages);
void page_moves(uint64_t address);
uint64_t nr_donated(void);
void look_at_pages(void);
/* Donated ones, and a fourth of the others, by turns: what is left in memory stays there. */
void look_at_fourth_pages(void);
/* The next so many, round and round. */
void look_at_next_pages(uint64_t pages);
void look_at_next_donated(uint64_t pages);
void look_at_reclaimed(uint64_t address, uint64_t pages, uint64_t ranges);

/* shared.c: the vCPU's page, and its trace; without a vCPU the host's trace alone. */
void look_at_shared_page(const struct pkvm_shared_page *page, bool runs);
void look_at_trace(uint64_t vcpu);

/* calls.c: calls that answer with something of a vCPU's; all, or the next one. */
void look_at_answers(void);
void look_at_next_answer(void);

/* posted.c: puts items into the page; what became of them, with nothing posted too. */
void post_msr_answer(struct pvm *pvm);
void post_all(struct pvm *pvm);
void post_refused(struct pvm *pvm);
void post_interrupt(struct pvm *pvm);
void post_in_service(struct pvm *pvm);
uint64_t posted_flags(void);
void look_at_items(struct pkvm_shared_page *page);

/* pvm.c: a pVM with its programs, which has not run; another that VM entry refuses. */
void pvm_make(struct pvm *pvm);
void pvm_make_refused(struct vm *vm);
/* Maps a page there, which was the host's, and is hidden from then on. */
uint64_t pvm_give_page(uint64_t gpa);
/* Maps pages until the pool has none for their tables; so many for it. */
void pvm_empty_pool(void);
void pvm_fill_pool(const struct vm *vm, uint64_t pages);
/* Looks at everything that comes back; and at the whole machine in between. */
void pvm_free_vcpu(const struct vm *vm);
void pvm_free(const struct vm *vm);

/* watch.c: CPU 1, which looks while CPU 0 runs a vCPU. */
void watch_start(const struct pvm *pvm);
void watch_begin(void);
void watch_end(void);
void watch_send_nmi(void);
_Noreturn void watch_follow(void);

/* steps.c: the exits of the pVM's programs in their order, and what is done around each. */
struct step {
	const char *name;
	uint64_t kind, word[4];
	void (*after)(struct pvm *pvm);
	void (*before)(struct pvm *pvm);
	uint64_t needs;                 /* HAS_*, or 0                           */
	bool second;                    /* the second vCPU's                     */
	unsigned int more;              /* such exits, one behind the other      */
};
extern const struct step steps[];

/* exits.c: runs it to its end and looks after each exit. */
void look_at_every_exit(struct pvm *pvm);
void look_at_refused_entry(const struct vm *vm);
/* All channels but those of an exit; vcpu 0: there is none any more. */
void look_everywhere(const struct vm *vm, uint64_t vcpu);

/* The pVM's programs, and handlers in the second. */
extern const uint8_t guest_begin[], guest_end[];
extern const uint8_t guest_events[], guest_events_end[];
extern const uint8_t guest_second[], guest_second_end[];
extern const uint8_t guest_debug[], guest_nmi[], guest_page_fault[];
extern const uint8_t guest_virtual[], guest_interrupt[];

/* Of interrupts: the machine's timer and posted ones; one that is injected. */
#define VECTOR          0x41u
#define VECTOR_INJECTED 0x42u

#endif

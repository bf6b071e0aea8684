/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the core asks of the machine it runs on, and nothing else: the second of
 * its two lower interfaces (the first is vmcs/vmcs.h). A platform is chosen at
 * link time: machine/ implements it inside one process, baremetal/ on hardware.
 */
#ifndef PKVM_LIB_PLATFORM_H
#define PKVM_LIB_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Physical CPUs a platform may number; pkvm_plat_cpu() is always below it. */
#define PKVM_PLAT_MAX_CPUS 64

/* A spin lock; all-zero is unlocked, and an unlocked lock is all-zero. */
struct pkvm_lock {
	uint32_t taken;
};

/*
 * Memory that the host can write at any moment. The type is never completed, so
 * that it cannot be dereferenced or passed where private memory is expected:
 * lib/shared.h copies out of it and into it, each field once.
 */
struct pkvm_shared;

struct pkvm_cpuid_regs {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* Compact number of the calling CPU, 0-based. */
unsigned int pkvm_plat_cpu(void);

/* CPUID as the physical processor answers it. */
void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs);

/* Whether a range of physical addresses is RAM of this machine, all of it. */
bool pkvm_plat_is_ram(uint64_t pa, uint64_t size);

/*
 * Maps one page. The address must lie in memory that the platform knows to be
 * RAM (the core has judged it); private memory is never reachable by the host.
 * Contiguous private pages are contiguous where they are mapped.
 */
void *pkvm_plat_private(uint64_t pa);
struct pkvm_shared *pkvm_plat_shared(uint64_t pa);

void pkvm_plat_lock(struct pkvm_lock *lock);
void pkvm_plat_unlock(struct pkvm_lock *lock);

/* Time-stamp counter, in cycles of the platform's own. */
uint64_t pkvm_plat_tsc(void);

/* Physical MSRs; false when the access raises #GP. */
bool pkvm_plat_rdmsr(uint32_t index, uint64_t *value);
bool pkvm_plat_wrmsr(uint32_t index, uint64_t value);

/*
 * Extended state of the calling CPU. Save and restore move the components of
 * xcr0 | xss between the registers and an area in the compacted XSAVE format
 * (standard format where the processor has no XSAVEC); 64-byte aligned. A
 * processor without XSAVE has x87 and SSE: they are moved by FXSAVE, with the
 * header as XSAVE would write it; XCR0 reads as those two, and keeps its value.
 */
void pkvm_plat_xsave(void *area, uint64_t components);
void pkvm_plat_xrstor(const void *area, uint64_t components);
uint64_t pkvm_plat_read_xcr0(void);
void pkvm_plat_write_xcr0(uint64_t value);
uint32_t pkvm_plat_read_pkru(void);
void pkvm_plat_write_pkru(uint32_t value);

/*
 * The hypervisor found itself broken (never a consequence of what a host or a
 * guest asked): stops the machine with one line.
 */
_Noreturn void pkvm_plat_panic(const char *why);

/* Makes another CPU leave guest mode soon. */
void pkvm_plat_kick(unsigned int cpu);

/*
 * An NMI or a machine check (vector 2 or 18) of the machine's ended the guest's
 * stay on the calling CPU, and the exit took it off the processor. True: it is
 * the host's, which the platform sees to; false: it was a kick, and the guest may
 * go on.
 */
bool pkvm_plat_take_event(uint32_t vector);

/* The host gains or loses access to whole pages, at once and on every CPU. */
void pkvm_plat_host_view(uint64_t pa, uint64_t pages, bool reachable);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* lib/platform.h on the processor itself: CPUs, memory, locks, time, MSRs. */
#include "../common/msr.h"
#include "../common/x86.h"
#include "cpu.h"
#include "nmi.h"

/* Cycles of the TSC: some times what it takes from an NMI's handler to VM entry. */
#define KICK_PAUSE 20000u

unsigned int pkvm_plat_cpu(void)
{
	return this_cpu()->number;
}

struct pkvm_vmx_cpu *pkvm_vmx_cpu(void)
{
	return &this_cpu()->vmx;
}

void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	__asm__ volatile("cpuid"
			 : "=a"(regs->eax), "=b"(regs->ebx), "=c"(regs->ecx), "=d"(regs->edx)
			 : "a"(leaf), "c"(subleaf));
}

/* The hypervisor's image is no RAM, whoever asks: nobody can give it away. */
bool pkvm_plat_is_ram(uint64_t pa, uint64_t size)
{
	static const struct {
		uint64_t begin;
		uint64_t end;
	} ram[] = {
		{0, MAP_LOW_END},
		{MAP_HIGH, MAP_HYP},
		{MAP_HOST, MAP_END},
	};

	for (unsigned int i = 0; i < sizeof(ram) / sizeof(ram[0]); i++) {
		if (pa >= ram[i].begin && pa < ram[i].end && size <= ram[i].end - pa)
			return true;
	}
	return false;
}

/* Memory is mapped one to one. */
void *pkvm_plat_private(uint64_t pa)
{
	if (pa % PKVM_PAGE_SIZE || !pkvm_plat_is_ram(pa, PKVM_PAGE_SIZE))
		pkvm_plat_panic("the core maps what is no page of RAM");
	return (void *)(uintptr_t)pa;
}

struct pkvm_shared *pkvm_plat_shared(uint64_t pa)
{
	return pkvm_plat_private(pa);
}

void pkvm_plat_lock(struct pkvm_lock *lock)
{
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED))
			x86_pause();
	}
}

void pkvm_plat_unlock(struct pkvm_lock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

uint64_t pkvm_plat_tsc(void)
{
	return x86_rdtsc();
}

bool pkvm_plat_rdmsr(uint32_t index, uint64_t *value)
{
	return msr_read(index, value);
}

bool pkvm_plat_wrmsr(uint32_t index, uint64_t value)
{
	return msr_write(index, value);
}

/*
 * An NMI that finds the CPU still on its way into the guest changes nothing, so
 * that the core repeats itself; NMIs without a pause would keep the CPU there.
 */
void pkvm_plat_kick(unsigned int cpu)
{
	const uint64_t start = x86_rdtsc();

	nmi_send(&cpus[cpu]);
	while (x86_rdtsc() - start < KICK_PAUSE)
		x86_pause();
}

/* The host gets either when it runs next (host_event.c). */
bool pkvm_plat_take_event(uint32_t vector)
{
	if (vector == X86_VECTOR_NMI)
		return nmi_exited();
	this_cpu()->host_mc = true;
	return true;
}

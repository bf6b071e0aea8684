/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * NMIs between CPUs, and who an NMI belongs to.
 *
 * For every request there is one NMI, so that an NMI without a request is the
 * machine's. Where one of each arrives before either is taken the processor
 * makes them one, which is then the hypervisor's.
 */
#include "apic.h"
#include "host.h"
#include "nmi.h"
#include "view.h"

bool nmi_arrived(void)
{
	struct cpu *cpu = this_cpu();

	if (__atomic_exchange_n(&cpu->kicked, 0, __ATOMIC_ACQ_REL)) {
		view_catch_up();
		return false;
	}
	__atomic_store_n(&cpu->host_nmi, true, __ATOMIC_RELAXED);
	if (cpu->in_vmx && pkvm_vmx_pointer() == cpu->host_vmcs)
		host_want_nmi_window(cpu);
	return true;
}

static void unblock_nmis(void)
{
	uint64_t scratch;

	__asm__ volatile("	movq	%%rsp, %0\n"
			 "	pushq	%1\n"
			 "	pushq	%0\n"
			 "	pushfq\n"
			 "	pushq	%2\n"
			 "	leaq	1f(%%rip), %0\n"
			 "	pushq	%0\n"
			 "	iretq\n"
			 "1:\n"
			 : "=&r"(scratch)
			 : "i"(TABLES_DS), "i"(TABLES_CS)
			 : "memory", "cc");
}

bool nmi_exited(void)
{
	const bool is_hosts = nmi_arrived();

	unblock_nmis();
	return is_hosts;
}

void nmi_send(struct cpu *to)
{
	if (!__atomic_exchange_n(&to->kicked, 1, __ATOMIC_ACQ_REL))
		apic_send_nmi(to->apic_id);
}

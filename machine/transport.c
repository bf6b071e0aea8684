/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The function-call transport: the host's VMCALL in a process in which the core
 * is one call away.
 */
#include "internal.h"
#include "../host/transport.h"
#include "../lib/hyp.h"

/* A refused VMCALL raises #UD in the host; its image stays as it was. */
void pkvm_host_transport(struct pkvm_regs *regs)
{
	struct machine_cpu *cpu = machine_this_cpu();

	if (pkvm_hyp_may_call(cpu->host_cpl, cpu->host_long_mode))
		pkvm_hyp_host_vmcall(cpu->core, regs);
	else
		cpu->host_ud++;
}

void machine_host_mode(struct machine *m, unsigned int cpu, unsigned int cpl, bool long_mode)
{
	if (cpu >= m->nr_cpus)
		return;
	m->cpu[cpu].host_cpl = cpl;
	m->cpu[cpu].host_long_mode = long_mode;
}

uint64_t machine_host_ud(const struct machine *m, unsigned int cpu)
{
	return cpu < m->nr_cpus ? m->cpu[cpu].host_ud : 0;
}

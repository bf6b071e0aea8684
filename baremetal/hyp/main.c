/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* From boot.S to the host: what the first CPU prepares, what each one does. */
#include "../common/console.h"
#include "../common/exception.h"
#include "../common/x86.h"
#include "apic.h"
#include "host.h"
#include "view.h"

void hyp_main(uint32_t number);

/* The first CPU lets the others begin, and none enters the host before all can. */
static uint32_t prepared;
static uint32_t ready;

static void prepare(void)
{
	struct pkvm_hyp *hyp;

	view_init();
	hyp = pkvm_hyp_boot(MAP_CARVE_OUT, MAP_HYP - MAP_CARVE_OUT);
	if (!hyp)
		pkvm_plat_panic("the core does not fit into its memory");
	apic_start_others();
	if (hyp_cpus > MAP_MAX_CPUS)
		hyp_cpus = MAP_MAX_CPUS;
	host_boot(hyp_cpus);
	for (uint32_t i = 0; i < hyp_cpus; i++)
		cpus[i].core = pkvm_hyp_cpu(hyp, i);
}

static void wait_for(const uint32_t *counter, uint32_t value)
{
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < value)
		x86_pause();
}

void hyp_main(uint32_t number)
{
	struct cpu *cpu;

	if (!number)
		exception_init();
	cpu = cpu_start(number);
	if (!number) {
		prepare();
		__atomic_store_n(&prepared, 1, __ATOMIC_RELEASE);
	}
	wait_for(&prepared, 1);
	host_start(cpu);
	__atomic_add_fetch(&ready, 1, __ATOMIC_ACQ_REL);
	wait_for(&ready, hyp_cpus);
	host_run(cpu);
}

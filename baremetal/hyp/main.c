/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* From boot.S to the host: what the first CPU prepares, what each one does. */
#include "../common/console.h"
#include "../common/exception.h"
#include "../common/x86.h"
#include "apic.h"
#include "host.h"
#include "protect.h"
#include "view.h"

void hyp_main(uint32_t number);

/* The first CPU lets the others begin, and none enters the host before all can. */
static uint32_t nr_cpus;
static uint32_t ready;

static void prepare(void)
{
	struct pkvm_hyp *hyp;
	uint32_t nr;

	hyp_protect();
	view_init();
	hyp = pkvm_hyp_boot(MAP_CARVE_OUT, MAP_HYP - MAP_CARVE_OUT);
	if (!hyp)
		pkvm_plat_panic("the core does not fit into its memory");
	apic_start_others();
	nr = __atomic_load_n(&hyp_cpus, __ATOMIC_ACQUIRE);
	if (nr > MAP_MAX_CPUS)
		nr = MAP_MAX_CPUS;
	host_boot(nr);
	for (uint32_t i = 0; i < nr; i++)
		cpus[i].core = pkvm_hyp_cpu(hyp, i);
	__atomic_store_n(&nr_cpus, nr, __ATOMIC_RELEASE);
}

static void wait_for_first(void)
{
	while (!__atomic_load_n(&nr_cpus, __ATOMIC_ACQUIRE))
		x86_pause();
}

static void wait_for_all(void)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < nr_cpus)
		x86_pause();
}

/* A CPU that was too slow to be counted takes no part. */
void hyp_main(uint32_t number)
{
	struct cpu *cpu;

	if (!number)
		exception_init();
	cpu = cpu_start(number);
	if (!number)
		prepare();
	wait_for_first();
	while (number >= nr_cpus)
		__asm__ volatile("cli; hlt");
	host_start(cpu);
	wait_for_all();
	host_run(cpu);
}

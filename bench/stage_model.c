/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The workload's stage in a process: a model machine, a new one each time. */
#include "stage.h"
#include "stage_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "../host/x86_ops.h"

static struct machine *machine;

struct machine *stage_machine(void)
{
	return machine;
}

int stage_open(struct pkvm_host *host, uint64_t without)
{
	const struct machine_config config = {.ram_size = 16 << 20, .hyp_size = 1 << 20,
					      .seed = 1, .deterministic_tsc = true};
	struct pkvm_memory_region regions[2];
	const char *why = NULL;
	int error;

	machine = machine_create(&config, &why);
	if (!machine)
		stage_fail("the machine", why);
	regions[0] = (struct pkvm_memory_region){0, machine_hyp_base(machine),
						 PKVM_REGION_RAM};
	regions[1] = (struct pkvm_memory_region){machine_hyp_base(machine), config.hyp_size,
						 PKVM_REGION_HYPERVISOR};
	error = pkvm_host_negotiate_without(host, without);
	if (!error)
		error = pkvm_host_boot(regions, 2);
	return error ? error : pkvm_host_enable_virtualization_cpu();
}

void stage_close(void)
{
	machine_destroy(machine);
	machine = NULL;
}

void stage_raise_irq(uint8_t vector)
{
	(void)machine_raise_irq(machine, 0, vector, 0);
}

_Noreturn void stage_fail(const char *what, const char *why)
{
	fprintf(stderr, "workload: %s: %s\n", what, why);
	exit(1);
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * machine/machine.h where the machine is the real one: what the player asks of it,
 * seen from VMX non-root operation. There is one, and it cannot be configured.
 */
#include <string.h>

#include "../../host/platform.h"
#include "../../machine/machine.h"
#include "../boot_info.h"
#include "../host/host.h"
#include "player.h"

#define PAGE UINT64_C(4096)

/* A page of the hypervisor's image is nobody's RAM; beyond it is the program. */
#define RAM_END MAP_HYP

struct machine {
	bool created;
};

static struct machine the_machine;

const char *machine_engine(void)
{
	return "vmx";
}

/* What a processor has, only its emulator can tell: the caller of pkvm run chose it. */
const struct machine_cpuid *machine_default_cpuid(void)
{
	static const struct machine_cpuid empty;

	return &empty;
}

struct pkvm_vmx_caps machine_default_caps(void)
{
	return (struct pkvm_vmx_caps){0};
}

void machine_fit_caps(struct pkvm_vmx_caps *caps, const struct machine_cpuid *cpuid)
{
	(void)caps;
	(void)cpuid;
}

/* The processor is chosen by who starts the emulator; its features are looked up there. */
struct machine *machine_create(const struct machine_config *config, const char **why)
{
	const char *refused = NULL;

	if (the_machine.created)
		refused = "there is one machine";
	else if (config->cpus > host_boot_info->nr_cpus)
		refused = "the emulator has fewer CPUs";
	else if (config->ram_size && config->ram_size != RAM_END)
		refused = "the image's machine has 64 MiB of RAM";
	else if (config->hyp_size && config->hyp_size != MAP_HYP - MAP_CARVE_OUT)
		refused = "the image's hypervisor has 2 MiB of RAM";
	if (why)
		*why = refused;
	if (refused)
		return NULL;
	the_machine.created = true;
	return &the_machine;
}

/* The next scenario gets a machine of its own. */
void machine_destroy(struct machine *m)
{
	(void)m;
}

bool machine_enter_cpu(struct machine *m, unsigned int cpu)
{
	(void)m;
	return player_move_to(cpu);
}

uint64_t machine_ram_base(const struct machine *m)
{
	(void)m;
	return MAP_HIGH;
}

uint64_t machine_ram_size(const struct machine *m)
{
	(void)m;
	return RAM_END;
}

uint64_t machine_hyp_base(const struct machine *m)
{
	(void)m;
	return MAP_CARVE_OUT;
}

bool machine_host_sees(uint64_t pa)
{
	uint64_t value;

	return pa < RAM_END && host_read64(pa & ~UINT64_C(7), &value);
}

/* All pages of a range, which is not empty. */
static bool sees_all(uint64_t pa, size_t length)
{
	if (pa >= RAM_END || length > RAM_END - pa)
		return false;
	for (uint64_t at = pa; at < pa + length; at = (at | (PAGE - 1)) + 1) {
		if (!machine_host_sees(at))
			return false;
	}
	return true;
}

bool machine_host_read(uint64_t pa, void *to, size_t length)
{
	if (!sees_all(pa, length))
		return false;
	memcpy(to, (const void *)(uintptr_t)pa, length);
	return true;
}

bool machine_host_write(uint64_t pa, const void *from, size_t length)
{
	if (!sees_all(pa, length))
		return false;
	memcpy((void *)(uintptr_t)pa, from, length);
	return true;
}

void *machine_host_ptr(uint64_t pa)
{
	return pkvm_host_plat_ptr(pa);
}

uint64_t machine_host_alloc(uint64_t pages)
{
	return pkvm_host_plat_alloc(pages);
}

bool machine_host_free(uint64_t pa, uint64_t pages)
{
	return pkvm_host_plat_free(pa, pages);
}

/* By looking at each page: what the host cannot see is private. */
struct machine_page_counts machine_page_counts(struct machine *m)
{
	struct machine_page_counts counts = {.allocated = host_pages_taken()};

	(void)m;
	for (uint64_t pa = 0; pa < RAM_END; pa += PAGE) {
		counts.ram++;
		counts.host_view += machine_host_sees(pa);
	}
	counts.private = counts.ram - counts.host_view;
	return counts;
}

static bool is_here(unsigned int cpu)
{
	return cpu == host_this_cpu()->number;
}

bool machine_raise_irq(struct machine *m, unsigned int cpu, uint8_t vector,
		       uint64_t instructions)
{
	(void)m;
	(void)instructions;
	return is_here(cpu) && player_raise_irq(vector);
}

bool machine_raise_nmi(struct machine *m, unsigned int cpu, uint64_t instructions)
{
	(void)m;
	return is_here(cpu) && player_raise_nmi(instructions);
}

int machine_take_irq(void)
{
	return player_take_irq();
}

bool machine_take_nmi(void)
{
	return player_take_nmi();
}

/* What the hypervisor's processor refused is not for its host to see. */
uint64_t machine_refused_entries(const struct machine *m, unsigned int cpu, const char **rule,
				 const char **sentence)
{
	(void)m;
	(void)cpu;
	*rule = NULL;
	*sentence = NULL;
	return 0;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The machine as the host's code finds it (host/platform.h). */
#include "internal.h"
#include "../host/platform.h"

uint64_t pkvm_host_plat_alloc(uint64_t pages)
{
	return machine_host_alloc(pages);
}

bool pkvm_host_plat_free(uint64_t pa, uint64_t pages)
{
	return machine_host_free(pa, pages);
}

void *pkvm_host_plat_ptr(uint64_t pa)
{
	return machine_host_ptr(pa);
}

unsigned int pkvm_host_plat_cpu(void)
{
	return pkvm_plat_cpu();
}

uint64_t pkvm_host_plat_tsc(void)
{
	return pkvm_plat_tsc();
}

void pkvm_host_plat_take_interrupts(void)
{
	while (machine_take_irq() >= 0)
		;
	while (machine_take_nmi())
		;
}

void pkvm_host_plat_log(const char *text, const char *subject, int64_t value)
{
	struct machine *m = machine_current;

	pthread_mutex_lock(&m->report_lock);
	fprintf(m->report, "host: %s: %s %lld\n", text, subject, (long long)value);
	pthread_mutex_unlock(&m->report_lock);
}

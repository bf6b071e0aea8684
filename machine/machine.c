/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The machine as a whole: built, booted, taken down, and threads bound to its
 * CPUs.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "internal.h"
#include "../lib/hyp.h"

#define DEFAULT_RAM_SIZE (64ull << 20)
#define DEFAULT_HYP_SIZE (2ull << 20)
#define MAX_RAM_SIZE     (1ull << 40)

#define RDTSCP (1u << 27)       /* CPUID leaf 0x80000001, EDX */
#define RDPID  (1u << 22)       /* leaf 7, ECX                */

struct machine *machine_current;
_Thread_local struct machine_cpu *machine_self;

void machine_stop(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("machine: ", stderr);
	if (machine_self)
		fprintf(stderr, "CPU %u: ", machine_self->number);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	abort();
}

static uint64_t or_default(uint64_t value, uint64_t fallback)
{
	return value ? value : fallback;
}

static const char *judge(const struct machine_config *config, uint64_t ram_size,
			 uint64_t hyp_size)
{
	if (machine_current)
		return "the process has a machine already";
	if (ram_size % MACHINE_PAGE_SIZE || ram_size > MAX_RAM_SIZE)
		return "RAM must be whole pages, at most 1 TiB";
	if (hyp_size % MACHINE_PAGE_SIZE || hyp_size >= ram_size)
		return "the hypervisor's memory must be whole pages, fewer than RAM has";
	if (config->ram_base % MACHINE_PAGE_SIZE || config->ram_base >= ram_size - hyp_size)
		return "the host's RAM must begin at a page below the hypervisor's memory";
	if (config->cpus > PKVM_PLAT_MAX_CPUS)
		return "the machine has too many CPUs";
	return NULL;
}

static bool create_cpus(struct machine *m, const struct machine_config *config)
{
	struct pkvm_vmx_caps caps = machine_default_caps();

	machine_fit_caps(&caps, &m->cpuid);
	m->nr_cpus = config->cpus ? config->cpus : 1;
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		struct machine_cpu *cpu = &m->cpu[i];

		cpu->machine = m;
		cpu->number = i;
		cpu->host_long_mode = true;
		cpu->model.caps = config->caps ? *config->caps : caps;
		cpu->model.current_pa = ~0ull;
		machine_msr_reset(cpu);
		if (!machine_xstate_create(cpu))
			return false;
	}
	return true;
}

static bool has_tsc_aux(const struct machine_cpuid *cpuid)
{
	struct pkvm_cpuid_regs extended, features;

	machine_cpuid_row(cpuid, 0x80000001u, 0, &extended);
	machine_cpuid_row(cpuid, 7, 0, &features);
	return (extended.edx & RDTSCP) || (features.ecx & RDPID);
}

static bool build(struct machine *m, const struct machine_config *config)
{
	m->cpuid = config->cpuid ? *config->cpuid : *machine_default_cpuid();
	m->deterministic_tsc = config->deterministic_tsc;
	m->noise = config->seed;
	m->report = config->report ? config->report : stderr;
	m->tsc_aux = has_tsc_aux(&m->cpuid);
	machine_xlayout_read(&m->xlayout, &m->cpuid);
	return machine_memory_create(m) && create_cpus(m, config);
}

struct machine *machine_create(const struct machine_config *config, const char **why)
{
	const uint64_t ram_size = or_default(config->ram_size, DEFAULT_RAM_SIZE);
	const uint64_t hyp_size = or_default(config->hyp_size, DEFAULT_HYP_SIZE);
	const char *reason = judge(config, ram_size, hyp_size);
	struct machine *m = reason ? NULL : calloc(1, sizeof(*m));

	if (m) {
		pthread_rwlock_init(&m->view_lock, NULL);
		pthread_mutex_init(&m->pages_lock, NULL);
		pthread_mutex_init(&m->report_lock, NULL);
		m->ram_size = ram_size;
		m->ram_base = config->ram_base;
		m->hyp_base = ram_size - hyp_size;
		machine_current = m;
		if (build(m, config) && machine_enter_cpu(m, 0)) {
			m->hyp = pkvm_hyp_boot(m->hyp_base, hyp_size);
			for (unsigned int i = 0; m->hyp && i < m->nr_cpus; i++)
				m->cpu[i].core = pkvm_hyp_cpu(m->hyp, i);
			if (m->hyp)
				return m;
			reason = "the hypervisor does not fit into its memory";
		}
		machine_destroy(m);
	}
	if (why)
		*why = reason ? reason : "the process is out of memory";
	return NULL;
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	if (machine_self && machine_self->machine == m)
		machine_leave_cpu();
	for (unsigned int i = 0; i < m->nr_cpus; i++) {
		if (__atomic_load_n(&m->cpu[i].bound, __ATOMIC_ACQUIRE))
			machine_stop("the machine goes while a thread is CPU %u", i);
		machine_xstate_destroy(&m->cpu[i]);
	}
	machine_memory_destroy(m);
	pthread_rwlock_destroy(&m->view_lock);
	pthread_mutex_destroy(&m->pages_lock);
	pthread_mutex_destroy(&m->report_lock);
	machine_current = NULL;
	free(m);
}

bool machine_enter_cpu(struct machine *m, unsigned int cpu)
{
	unsigned int nobody = 0;

	if (cpu >= m->nr_cpus)
		return false;
	if (machine_self == &m->cpu[cpu])
		return true;
	if (!__atomic_compare_exchange_n(&m->cpu[cpu].bound, &nobody, 1, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	machine_leave_cpu();
	machine_self = &m->cpu[cpu];
	return true;
}

void machine_leave_cpu(void)
{
	if (machine_self)
		__atomic_store_n(&machine_self->bound, 0, __ATOMIC_RELEASE);
	machine_self = NULL;
}

struct pkvm_hyp *machine_hyp(struct machine *m)
{
	return m->hyp;
}

const char *machine_engine(void)
{
	return "model";
}

uint64_t machine_ram_base(const struct machine *m)
{
	return m->ram_base;
}

uint64_t machine_ram_size(const struct machine *m)
{
	return m->ram_size;
}

uint64_t machine_hyp_base(const struct machine *m)
{
	return m->hyp_base;
}

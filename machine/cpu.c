/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a processor offers to the core beside memory: its number, locks, time,
 * kicks; and the physical events that the machine raises on it.
 *
 * Any thread may raise an event or kick; the engine looks for them at every
 * instruction boundary. The time of an event is written before its presence.
 */
#include <sched.h>

#include "internal.h"
#include "../lib/vmcs/check.h"

#if !defined(__x86_64__)
#include <time.h>
#endif

#define NMI_VECTOR 2u

unsigned int pkvm_plat_cpu(void)
{
	return machine_this_cpu()->number;
}

struct model_cpu *pkvm_model_cpu(void)
{
	return &machine_this_cpu()->model;
}

void pkvm_plat_panic(const char *why)
{
	machine_stop("the hypervisor: %s", why);
}

/* A taken lock holds its owner's number + 1: taking it again would hang. */
void pkvm_plat_lock(struct pkvm_lock *lock)
{
	const uint32_t self = pkvm_plat_cpu() + 1;
	uint32_t owner = 0;

	while (!__atomic_compare_exchange_n(&lock->taken, &owner, self, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (owner == self)
			machine_stop("the core takes a lock twice");
		owner = 0;
		sched_yield();
	}
}

void pkvm_plat_unlock(struct pkvm_lock *lock)
{
	if (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != pkvm_plat_cpu() + 1)
		machine_stop("the core releases a lock that it does not hold");
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

static uint64_t processor_tsc(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

uint64_t pkvm_plat_tsc(void)
{
	struct machine *m = machine_current;

	if (m->deterministic_tsc)
		return __atomic_add_fetch(&m->tsc, 1, __ATOMIC_RELAXED);
	return processor_tsc();
}

void pkvm_plat_kick(unsigned int cpu)
{
	struct machine *m = machine_current;

	if (cpu >= m->nr_cpus)
		machine_stop("the core kicks CPU %u, which the machine has not", cpu);
	__atomic_store_n(&m->cpu[cpu].model.kicked, 1, __ATOMIC_RELEASE);
}

static bool raise_event(const struct model_cpu *cpu, uint32_t *pending, uint64_t *at,
			uint32_t value, uint64_t instructions)
{
	const uint64_t now = __atomic_load_n(&cpu->instructions, __ATOMIC_RELAXED);

	if (__atomic_load_n(pending, __ATOMIC_ACQUIRE))
		return false;
	__atomic_store_n(at, now + instructions, __ATOMIC_RELAXED);
	__atomic_store_n(pending, value, __ATOMIC_RELEASE);
	return true;
}

bool machine_raise_irq(struct machine *m, unsigned int cpu, uint8_t vector,
		       uint64_t instructions)
{
	struct model_cpu *model;

	if (cpu >= m->nr_cpus)
		return false;
	model = &m->cpu[cpu].model;
	return raise_event(model, &model->irq_pending, &model->irq_at, vector + 1u,
			   instructions);
}

bool machine_raise_nmi(struct machine *m, unsigned int cpu, uint64_t instructions)
{
	struct model_cpu *model;

	if (cpu >= m->nr_cpus)
		return false;
	model = &m->cpu[cpu].model;
	return raise_event(model, &model->nmi_pending, &model->nmi_at, 1, instructions);
}

static bool due(const struct model_cpu *cpu, const uint32_t *pending, const uint64_t *at)
{
	return __atomic_load_n(pending, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(at, __ATOMIC_RELAXED) <= cpu->instructions;
}

int machine_take_irq(void)
{
	struct model_cpu *cpu = pkvm_model_cpu();

	if (!due(cpu, &cpu->irq_pending, &cpu->irq_at))
		return -1;
	return (int)__atomic_exchange_n(&cpu->irq_pending, 0, __ATOMIC_ACQ_REL) - 1;
}

/* Every NMI is the host's here: kicks are interrupts. No machine checks. */
bool pkvm_plat_take_event(uint32_t vector)
{
	if (vector == NMI_VECTOR)
		__atomic_store_n(&machine_this_cpu()->host_nmi, 1, __ATOMIC_RELEASE);
	return true;
}

bool machine_take_nmi(void)
{
	struct model_cpu *cpu = pkvm_model_cpu();

	if (__atomic_exchange_n(&machine_this_cpu()->host_nmi, 0, __ATOMIC_ACQ_REL))
		return true;
	return due(cpu, &cpu->nmi_pending, &cpu->nmi_at) &&
	       __atomic_exchange_n(&cpu->nmi_pending, 0, __ATOMIC_ACQ_REL) != 0;
}

uint64_t machine_refused_entries(const struct machine *m, unsigned int cpu, const char **rule,
				 const char **sentence)
{
	const struct model_cpu *model = cpu < m->nr_cpus ? &m->cpu[cpu].model : NULL;

	if (!model || !model->refused)
		return 0;
	*rule = model->refused_by->id;
	*sentence = model->refused_by->sentence;
	return model->refused;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's clock within one stay of a guest: the VMX-preemption timer, the
 * passing of time while the guest is inactive, and the bound of every stay.
 *
 * SDM: sections "VMX-Preemption Timer" and "Miscellaneous Data" (the timer
 * counts down when bit X of the TSC changes; here the clock stands for the TSC).
 */
#include "model_enter.h"

#define MISC_TIMER_RATE 0x1fu

/*
 * A guest that has no timer and no interrupt still returns: after so many
 * instructions the physical machine's own timer interrupt arrives.
 */
#define STAY_LIMIT (1ull << 24)

static unsigned int rate(const struct model_cpu *cpu)
{
	return (unsigned int)(cpu->caps.misc & MISC_TIMER_RATE);
}

uint32_t model_timer_value(const struct model_stay *stay)
{
	const struct model_cpu *cpu = stay->cpu;
	const uint64_t counted = (cpu->instructions >> rate(cpu)) - (stay->start >> rate(cpu));

	if (!model_has_pin(cpu, PKVM_VMX_PIN_PREEMPTION_TIMER))
		return stay->timer;
	return counted < stay->timer ? stay->timer - (uint32_t)counted : 0;
}

bool model_timer_expired(const struct model_stay *stay)
{
	return model_has_pin(stay->cpu, PKVM_VMX_PIN_PREEMPTION_TIMER) &&
	       model_timer_value(stay) == 0;
}

bool model_stay_too_long(const struct model_stay *stay)
{
	return stay->cpu->instructions - stay->start >= STAY_LIMIT;
}

/* Other CPUs read the clock to raise an event that is due after some more ticks. */
void model_set_clock(struct model_cpu *cpu, uint64_t now)
{
	__atomic_store_n(&cpu->instructions, now, __ATOMIC_RELAXED);
}

/*
 * Any CPU may raise an event: its time is written before its presence. Returns
 * the presence when it is due now, else 0.
 */
uint32_t model_event_due(const struct model_cpu *cpu, const uint32_t *pending,
			 const uint64_t *at)
{
	const uint32_t value = __atomic_load_n(pending, __ATOMIC_ACQUIRE);

	return value && __atomic_load_n(at, __ATOMIC_RELAXED) <= cpu->instructions ? value : 0;
}

static void earlier(uint64_t now, uint64_t at, uint64_t *next)
{
	if (at > now && at < *next)
		*next = at;
}

static void event_ahead(const uint32_t *pending, const uint64_t *at, uint64_t now,
			uint64_t *next)
{
	if (__atomic_load_n(pending, __ATOMIC_ACQUIRE))
		earlier(now, __atomic_load_n(at, __ATOMIC_RELAXED), next);
}

/*
 * Moves the clock of an inactive guest to the next event ahead; false when
 * there is none before the stay's bound.
 */
bool model_let_time_pass(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	const uint64_t now = cpu->instructions;
	const uint64_t bound = stay->start + STAY_LIMIT;
	uint64_t next = bound;

	event_ahead(&cpu->irq_pending, &cpu->irq_at, now, &next);
	event_ahead(&cpu->nmi_pending, &cpu->nmi_at, now, &next);
	if (model_has_pin(cpu, PKVM_VMX_PIN_PREEMPTION_TIMER))
		earlier(now, ((stay->start >> rate(cpu)) + stay->timer) << rate(cpu), &next);
	if (next == bound)
		return false;
	model_set_clock(cpu, next);
	return true;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls about events of the loaded vCPU, each taken back before it is delivered. */
#include "bench.h"

#define VECTOR 0x41u
#define GP     13u

#define RFLAGS    2u
#define RFLAGS_IF 0x200u

static void cancel(uint64_t kind)
{
	struct pkvm_cancelled cancelled;

	EXPECT_EQUAL(pkvm_hc_cancel_injection(&cancelled).error, 0);
	EXPECT_EQUAL(cancelled.kind, kind);
}

static void interrupts_are(bool enabled)
{
	const struct pkvm_value rflags = {enabled ? RFLAGS | RFLAGS_IF : RFLAGS};

	EXPECT_EQUAL(pkvm_hc_set_rflags(&rflags).error, 0);
}

static void interrupts(void)
{
	const struct pkvm_irq irq = {.vector = VECTOR};
	const struct pkvm_vector vector = {VECTOR};
	const struct pkvm_flag for_injection = {1};
	struct pkvm_flag flag;

	interrupts_are(true);
	EXPECT_EQUAL(pkvm_hc_interrupt_allowed(&for_injection, &flag).error, 0);
	EXPECT_EQUAL(flag.value, 1);
	EXPECT_EQUAL(pkvm_hc_inject_irq(&irq).error, 0);
	cancel(PKVM_EVENT_IRQ);
	EXPECT_EQUAL(pkvm_hc_inject_irq_if_allowed(&vector, &flag).error, 0);
	EXPECT_EQUAL(flag.value, 1);
	cancel(PKVM_EVENT_IRQ);
	interrupts_are(false);
	EXPECT_EQUAL(pkvm_hc_inject_irq_if_allowed(&vector, &flag).error, 0);
	EXPECT_EQUAL(flag.value, 0);
	EXPECT_EQUAL(pkvm_hc_enable_irq_window().error, 0);
	cancel(PKVM_EVENT_NONE);
}

static void nmis(void)
{
	const struct pkvm_flag no = {0};
	struct pkvm_flag flag;

	EXPECT_EQUAL(pkvm_hc_nmi_allowed(&no, &flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_nmi_mask(&flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_inject_nmi().error, 0);
	EXPECT_EQUAL(pkvm_hc_enable_nmi_window().error, 0);
	cancel(PKVM_EVENT_NMI);
}

static void npvms_alone(void)
{
	const struct pkvm_interrupt_shadow none = {PKVM_SHADOW_NONE};
	const struct pkvm_exception gp = {.vector = GP, .has_error_code = 1};
	const struct pkvm_flag unmasked = {0};
	struct pkvm_interrupt_shadow shadow;

	EXPECT_EQUAL(pkvm_hc_set_interrupt_shadow(&none).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_interrupt_shadow(&shadow).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_nmi_mask(&unmasked).error, 0);
	EXPECT_EQUAL(pkvm_hc_inject_exception(&gp).error, 0);
	cancel(PKVM_EVENT_EXCEPTION);
}

void work_on_events(uint64_t type)
{
	struct vm vm;

	vm_make_bare(&vm, type);
	for (unsigned int i = 0; i < TIMES; i++) {
		interrupts();
		nmis();
		if (type == PKVM_VM_NPVM)
			npvms_alone();
	}
	vm_destroy(&vm);
}

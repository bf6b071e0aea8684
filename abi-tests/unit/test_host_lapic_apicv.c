/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Vectors on their way between the host's local APIC and APICv's, through the real
 * core: when state is saved, and when APICv is switched on and off.
 */
#include "run_fixture.h"
#include "host/irqchip.h"
#include "host/x86_ops.h"

#define FEATURES (PKVM_FEAT_event_summary | PKVM_FEAT_posting)

static struct {
	struct guest guest;
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
} t;

/* A local APIC in x2APIC mode, the guest's interrupts on behind port 0x80. */
static void begin(uint64_t type, uint64_t features)
{
	memset(&t, 0, sizeof(t));
	guest_begin(&t.guest, type);
	OP(&t.guest, "out8", 0x80);
	OP(&t.guest, "sti");
	OP(&t.guest, "nop");
	OP(&t.guest, "out8", 0x81);
	guest_ready(&t.guest);
	guest_vcpu(&t.guest)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
	t.host.answer.features = features;
	t.vm = (struct pkvm_host_vm){.host = &t.host, .handle = t.guest.vm.handle,
				     .protected_vm = type == PKVM_VM_PVM};
	t.vcpu = (struct pkvm_host_vcpu){.vm = &t.vm, .handle = t.guest.vcpu.handle,
					 .page = world_page(&t.guest.vcpu),
					 .apic_base = 0xfee00800};
	assert_int_equal(pkvm_host_irqchip_init(&t.chip, 2, 0), 0);
	assert_int_equal(pkvm_host_irqchip_add_lapic(&t.chip, &t.apic, &t.vcpu, 0), 0);
	assert_int_equal(pkvm_host_set_apic_base(&t.vcpu, 0xfee00d00, false), 0);
	PKVM_HOST_APIC(&t.apic, SPIV) = 0x1ff;
}

static void end(void)
{
	assert_false(t.vm.dead);
	guest_end(&t.guest);
}

static void apicv(bool active)
{
	t.vcpu.apicv_active = active;
	pkvm_host_refresh_apicv_exec_ctrl(&t.vcpu);
	assert_int_equal(t.vcpu.apicv_active, active);
}

static void accept_vector(uint32_t vector)
{
	assert_true(pkvm_host_lapic_accept(&t.apic, vector, false));
}

/* Registers of saved state, by their offset. */
static uint32_t saved(uint32_t offset)
{
	struct pkvm_host_lapic_state state;

	pkvm_host_lapic_get_state(&t.apic, &state);
	return state.reg[offset / 4];
}

static void test_saved_state_has_what_is_posted_and_what_was_taken(void **state)
{
	(void)state;
	for (uint64_t features = 0; features <= FEATURES; features += FEATURES) {
		begin(PKVM_VM_NPVM, features);
		apicv(true);
		accept_vector(0x45);
		assert_int_equal(saved(0x220), 0x20);
		assert_int_equal(pkvm_host_sync_pir_to_irr(&t.vcpu), 0x45);
		assert_int_equal(saved(0x220), 0x20);
		accept_vector(0x46);
		assert_int_equal(saved(0x220), 0x60);
		end();
	}
}

static void test_saved_state_has_what_was_just_restored(void **state)
{
	struct pkvm_host_lapic_state restored;

	(void)state;
	for (uint64_t features = 0; features <= FEATURES; features += FEATURES) {
		begin(PKVM_VM_NPVM, features);
		apicv(true);
		pkvm_host_lapic_get_state(&t.apic, &restored);
		restored.reg[0x220 / 4] = 0x20;
		restored.reg[0x140 / 4] = 0x8;
		assert_int_equal(pkvm_host_lapic_set_state(&t.apic, &restored), 0);
		assert_int_equal(saved(0x220), 0x20);
		assert_int_equal(saved(0x140), 0x8);
		end();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saved_state_has_what_is_posted_and_what_was_taken),
		cmocka_unit_test(test_saved_state_has_what_was_just_restored),
	};

	return cmocka_run_group_tests_name("host lapic apicv", tests, NULL, NULL);
}

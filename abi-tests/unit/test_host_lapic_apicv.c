/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Vectors on their way between the host's local APIC and APICv's, through the real
 * core: when state is saved, and when APICv is switched on and off.
 */
#include "run_fixture.h"
#include "host/irqchip.h"
#include "host/post.h"
#include "host/x86_ops.h"
#include "lib/apic/page.h"
#include "lib/vmcs/access.h"

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

/* Connects a local APIC without a processor, whose TPR is 0x50. */
static void connect_another(struct pkvm_host_lapic *apic)
{
	assert_int_equal(pkvm_host_irqchip_add_lapic(&t.chip, apic, NULL, 1), 0);
	PKVM_HOST_APIC(apic, SPIV) = 0x1ff;
	PKVM_HOST_APIC(apic, TPR) = 0x50;
}

/* SDM "PPR Virtualization"; the lowest priority is that of the other APIC. */
static void test_ppr_follows_what_is_in_service_under_apicv(void **state)
{
	static const struct pkvm_host_msi msi = {
		.dest = 0xff, .vector = 0x71, .mode = PKVM_HOST_DELIVER_LOWEST,
	};
	struct pkvm_host_lapic another;

	(void)state;
	begin(PKVM_VM_NPVM, FEATURES);
	connect_another(&another);
	accept_vector(0x31);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x31);
	accept_vector(0x61);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x61);
	apicv(true);
	assert_int_equal(saved(0x130), 0x2);
	assert_int_equal(saved(0xa0), 0x60);
	assert_int_equal(pkvm_host_irqchip_deliver(&t.chip, &msi), 1);
	assert_int_equal(pkvm_host_lapic_highest(&another, 0x200), 0x71);
	t.vcpu.page->apic.tpr = 0x62;
	assert_int_equal(saved(0xa0), 0x62);
	end();
}

/* A register of APICv's, by its offset. */
static uint32_t virtual(uint32_t offset)
{
	return pkvm_apic_reg_read(guest_vcpu(&t.guest), offset);
}

/* 0x31 is in service, and 0x71 above it; 0x45 is requested. */
static void nest(void)
{
	accept_vector(0x31);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x31);
	accept_vector(0x71);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x71);
	accept_vector(0x45);
}

static void test_apicv_gets_what_is_requested_and_in_service_when_it_is_switched_on(void **state)
{
	(void)state;
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		begin(type, type == PKVM_VM_PVM ? FEATURES : 0);
		nest();
		apicv(true);
		assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x200), -1);
		assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x100), -1);
		pkvm_host_settle(&t.vcpu);
		assert_int_equal(pkvm_host_sync_pir_to_irr(&t.vcpu), 0x45);
		assert_int_equal(virtual(0x110), 0x20000);
		assert_int_equal(virtual(0x130), 0x20000);
		assert_int_equal(pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS) & 0xff00, 0x7100);
		/* Once more, and nothing is lost. */
		apicv(true);
		pkvm_host_settle(&t.vcpu);
		assert_int_equal(virtual(0x130), 0x20000);
		end();
	}
}

/* The registers are the host's, and nobody else has them. */
static void assert_came_back(void)
{
	assert_int_equal(t.apic.reg[0x220 / 16], 0x20);
	assert_int_equal(t.apic.reg[0x230 / 16], 0x2);
	assert_int_equal(t.apic.reg[0x110 / 16], 0x20000);
	assert_int_equal(t.apic.reg[0x130 / 16], 0x20000);
	assert_int_equal(t.vcpu.page->apic.posted[1], 0);
	assert_int_equal(t.vcpu.page->apic.irr[1] | t.vcpu.page->apic.isr[1], 0);
	assert_int_equal(virtual(0x220) | virtual(0x230) | virtual(0x110) | virtual(0x130), 0);
	assert_int_equal(pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS), 0);
	assert_true(t.apic.evaluate);
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), -1);
	pkvm_host_lapic_eoi(&t.apic);
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), 0x61);
}

static void test_an_npvms_vectors_come_back_when_apicv_is_switched_off(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		begin(PKVM_VM_NPVM, i % 2 ? FEATURES : 0);
		nest();
		apicv(true);
		assert_int_equal(pkvm_host_sync_pir_to_irr(&t.vcpu), 0x45);
		accept_vector(0x61);
		t.apic.evaluate = false;
		if (i / 2)
			apicv(false);
		else
			assert_int_equal(pkvm_host_set_apic_base(&t.vcpu, 0xfee00900, false),
					 0);
		assert_false(t.vcpu.apicv_active);
		assert_came_back();
		end();
	}
}

static void test_switching_apicv_off_twice_brings_nothing_twice(void **state)
{
	(void)state;
	begin(PKVM_VM_NPVM, FEATURES);
	apicv(true);
	accept_vector(0x45);
	apicv(false);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x45);
	pkvm_host_lapic_eoi(&t.apic);
	apicv(false);
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), -1);
	end();
}

/* Its host knows what it posted itself, until the hypervisor takes it. */
static void test_of_a_pvm_only_what_was_not_yet_taken_comes_back(void **state)
{
	struct pkvm_optional_vector out;

	(void)state;
	begin(PKVM_VM_PVM, FEATURES);
	nest();
	apicv(true);
	pkvm_host_settle(&t.vcpu);
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&out).error, 0);
	accept_vector(0x61);
	apicv(false);
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), 0x61);
	assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x100), -1);
	assert_int_equal(t.apic.reg[0x220 / 16], 0);
	assert_int_equal(virtual(0x110) | virtual(0x130), 0);
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x61);
	apicv(true);
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&out).error, 0);
	assert_int_equal(out.vector, 0x45);
	pkvm_host_settle(&t.vcpu);
	assert_int_equal(virtual(0x130), 2);
	end();
}

static void test_restored_state_stands_in_place_of_what_is_posted_and_in_service(void **state)
{
	struct pkvm_host_lapic_state restored;

	(void)state;
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		begin(type, FEATURES);
		pkvm_host_lapic_get_state(&t.apic, &restored);
		nest();
		apicv(true);
		restored.reg[0x120 / 4] = 0x3;
		restored.reg[0x230 / 4] = 0x1;
		assert_int_equal(pkvm_host_lapic_set_state(&t.apic, &restored), 0);
		pkvm_host_settle(&t.vcpu);
		assert_int_equal(pkvm_host_sync_pir_to_irr(&t.vcpu), 0x60);
		assert_int_equal(virtual(0x110) | virtual(0x130), 0);
		assert_int_equal(virtual(0x120), 3);
		assert_int_equal(saved(0x220), 0);
		end();
	}
}

/* A pVM's host does not know of it, and the hypervisor keeps it. */
static void test_restored_state_stands_in_place_of_what_was_taken_from_an_npvms_host(void **state)
{
	struct pkvm_host_lapic_state restored;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(i < 2 ? PKVM_VM_NPVM : PKVM_VM_PVM, i ? FEATURES : 0);
		pkvm_host_lapic_get_state(&t.apic, &restored);
		apicv(true);
		accept_vector(0x51);
		(void)pkvm_host_sync_pir_to_irr(&t.vcpu);
		assert_int_equal(pkvm_hc_sync_pir_to_irr(&(struct pkvm_optional_vector){0}).error,
				 0);
		assert_int_equal(virtual(0x220), 0x20000);
		assert_int_equal(pkvm_host_lapic_set_state(&t.apic, &restored), 0);
		assert_true(t.vcpu.apicv_active);
		assert_int_equal(saved(0x220), 0);
		assert_int_equal(virtual(0x220), i < 2 ? 0 : 0x20000);
		end();
	}
}

static void test_reset_forgets_what_is_posted(void **state)
{
	(void)state;
	begin(PKVM_VM_NPVM, FEATURES);
	apicv(true);
	accept_vector(0x45);
	pkvm_host_lapic_reset(&t.apic);
	assert_int_equal(pkvm_host_sync_pir_to_irr(&t.vcpu), -1);
	end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saved_state_has_what_is_posted_and_what_was_taken),
		cmocka_unit_test(test_saved_state_has_what_was_just_restored),
		cmocka_unit_test(test_ppr_follows_what_is_in_service_under_apicv),
		cmocka_unit_test(
			test_apicv_gets_what_is_requested_and_in_service_when_it_is_switched_on),
		cmocka_unit_test(
			test_an_npvms_vectors_come_back_when_apicv_is_switched_off),
		cmocka_unit_test(test_switching_apicv_off_twice_brings_nothing_twice),
		cmocka_unit_test(test_of_a_pvm_only_what_was_not_yet_taken_comes_back),
		cmocka_unit_test(
			test_restored_state_stands_in_place_of_what_is_posted_and_in_service),
		cmocka_unit_test(
			test_restored_state_stands_in_place_of_what_was_taken_from_an_npvms_host),
		cmocka_unit_test(test_reset_forgets_what_is_posted),
	};

	return cmocka_run_group_tests_name("host lapic apicv", tests, NULL, NULL);
}

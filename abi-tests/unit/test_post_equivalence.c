/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A host that posts and one that calls, driven by the same random sequences, see the
 * same guest and leave the same hypervisor behind. Arguments: sequences, first seed.
 *
 * A sequence is a few operations of the host's, then a run of up to three exits of
 * a guest that is random too. What either host can see of it is folded into one
 * number: every answer, every exit, the devices, the private pages of the vCPU.
 */
#include "post_equivalence_guest.h"
#include "host/post.h"
#include "lib/hyp.h"

#define PER_SEED   512u

static unsigned long sequences = 20480;
static uint64_t first_seed = 20261129;

static void note(struct driver *d, uint64_t value)
{
	d->digest = (d->digest ^ value) * 0x100000001b3ull;
	d->digest ^= d->digest >> 29;
}

static void out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	note(opaque, (uint64_t)port << 32 | size << 8 | (value & 0xff));
}

static uint32_t in(void *opaque, uint16_t port, uint32_t size)
{
	return (uint32_t)next(opaque) + port + size;
}

static int pending(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	return device_pending(&((struct driver *)opaque)->w.vmm, vcpu);
}

static uint32_t ack(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	return device_ack(&((struct driver *)opaque)->w.vmm, vcpu);
}

static int rdmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	return device_rdmsr(&((struct driver *)opaque)->w.vmm, vcpu, index, value);
}

static int wrmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t value)
{
	note(opaque, index ^ value);
	return device_wrmsr(&((struct driver *)opaque)->w.vmm, vcpu, index, value);
}

/* By seed: the VM's kind, and its local APIC: the VMM's, the host's, or with APICv. */
static void begin(struct driver *d, uint64_t seed)
{
	const uint64_t type = seed % 2, apic = seed / 2 % 3;
	struct world *w = &d->w;

	memset(d, 0, sizeof(*d));
	d->random = seed;
	w->vmm.irq = -1;
	boot(w);
	assert_int_equal(pkvm_host_vm_init(&w->vm, &w->host, type, 4), 0);
	if (apic)
		assert_int_equal(pkvm_host_vm_create_irqchip(&w->vm, &d->chip,
							     PKVM_IRQCHIP_SPLIT), 0);
	assert_int_equal(pkvm_host_vcpu_create(&w->vm, &w->vcpu, 0), 0);
	if (apic)
		assert_int_equal(pkvm_host_irqchip_add_lapic(&d->chip, &d->apic, &w->vcpu, 0),
				 0);
	assert_int_equal(pkvm_host_memory_add(&w->vm, 0, RAM), 0);
	pkvm_asm_begin(&w->assembler, w->code, sizeof(w->code), 16);
	write_guest(d);
	prepare(w);
	if (apic) {
		assert_int_equal(pkvm_host_set_apic_base(&w->vcpu, 0xfee00d00, false), 0);
		PKVM_HOST_APIC(&d->apic, SPIV) = 0x1ff;
	}
	if (apic == 2) {
		w->vcpu.apicv_active = true;
		pkvm_host_refresh_apicv_exec_ctrl(&w->vcpu);
		assert_true(w->vcpu.apicv_active);
	}
	d->devices = (struct pkvm_host_devices){
		.opaque = d, .out = out, .in = in, .rdmsr = rdmsr, .wrmsr = wrmsr,
		.pending_irq = pending, .ack_irq = ack,
	};
}

static void interrupt(struct driver *d, uint32_t vector)
{
	if (d->w.vcpu.lapic)
		(void)pkvm_host_lapic_accept(&d->apic, vector, next(d) % 2);
	else
		d->w.vmm.irq = (int)vector;
}

/* Every question whose answer the summary holds. */
static void ask(struct driver *d)
{
	struct pkvm_host_vcpu *vcpu = &d->w.vcpu;
	bool db, l;

	note(d, (uint64_t)pkvm_host_interrupt_allowed(vcpu, next(d) % 2));
	note(d, (uint64_t)pkvm_host_nmi_allowed(vcpu, next(d) % 2));
	note(d, pkvm_host_get_nmi_mask(vcpu));
	note(d, pkvm_host_get_if_flag(vcpu));
	note(d, pkvm_host_get_rflags(vcpu));
	note(d, pkvm_host_get_interrupt_shadow(vcpu));
	note(d, (uint64_t)pkvm_host_get_cpl(vcpu));
	note(d, (uint64_t)pkvm_host_get_cpl_no_cache(vcpu));
	note(d, (uint64_t)pkvm_host_sync_pir_to_irr(vcpu));
	pkvm_host_get_cs_db_l_bits(vcpu, &db, &l);
	note(d, (uint64_t)db << 1 | l);
}

static void inject(struct driver *d, uint32_t vector)
{
	static const struct pkvm_exception ud = {.vector = 6};
	const struct pkvm_irq irq = {vector, 0, 0};
	struct pkvm_host_vcpu *vcpu = &d->w.vcpu;

	/* What cancel_injection took back comes first. */
	if (vcpu->requeued.kind != PKVM_EVENT_NONE)
		return;
	switch (next(d) % 4) {
	case 0:
		note(d, (uint64_t)pkvm_host_inject_irq_if_allowed(vcpu, vector));
		break;
	case 1:
		if (pkvm_host_interrupt_allowed(vcpu, true) > 0)
			pkvm_host_inject_irq(vcpu, &irq);
		break;
	case 2:
		if (pkvm_host_nmi_allowed(vcpu, true) > 0)
			pkvm_host_inject_nmi(vcpu);
		break;
	default:
		if (pkvm_host_interrupt_allowed(vcpu, true) != -16)
			pkvm_host_inject_exception(vcpu, &ud);
	}
}

static void operate(struct driver *d)
{
	struct pkvm_host_vcpu *vcpu = &d->w.vcpu;
	const uint64_t value = next(d);
	const uint32_t vector = 0x20 + (uint32_t)(value % 0xe0);

	switch (next(d) % 16) {
	case 0: case 1: case 2:
		interrupt(d, vector);
		break;
	case 3:
		pkvm_host_queue_nmi(vcpu);
		break;
	case 4:
		pkvm_host_write_tsc_offset(vcpu, value);
		break;
	case 5:
		pkvm_host_write_tsc_multiplier(vcpu, value | 1);
		break;
	case 6:
		pkvm_host_load_eoi_exitmap(vcpu, (uint64_t[4]){value, value >> 1, 0, 1});
		break;
	case 7:
		pkvm_host_hwapic_isr_update(vcpu, value % 4 ? -1 : (int)vector);
		break;
	case 8:
		pkvm_host_set_interrupt_shadow(vcpu, value % 8 ? 0 : 1);
		break;
	case 9:
		pkvm_host_set_nmi_mask(vcpu, value % 8 == 0);
		break;
	case 10:
		pkvm_host_cancel_injection(vcpu);
		note(d, vcpu->requeued.kind << 8 | vcpu->requeued.vector);
		break;
	case 11:
		(value % 2 ? pkvm_host_enable_irq_window : pkvm_host_enable_nmi_window)(vcpu);
		break;
	case 12:
		pkvm_host_vcpu_put(vcpu);
		pkvm_host_vcpu_load(vcpu);
		break;
	case 13:
		inject(d, vector);
		break;
	default:
		ask(d);
	}
}

/* Pointers into the machine's RAM count by where they point to. */
static void note_page(struct driver *d, uint64_t pa)
{
	const uint64_t base = (uintptr_t)pkvm_plat_private(0);
	const uint64_t *word = pkvm_plat_private(pa);

	note(d, pa);
	for (size_t i = 0; i < 512; i++)
		note(d, word[i] - base < machine_ram_size(d->w.machine) ? word[i] - base :
									  word[i]);
}

static struct pkvm_vcpu *vcpu_inside(struct driver *d)
{
	for (uint64_t pa = 0; pa < machine_ram_size(d->w.machine); pa += 4096) {
		struct pkvm_vcpu *candidate = pkvm_plat_private(pa);

		if (!machine_host_sees(pa) && candidate->handle == d->w.vcpu.handle &&
		    candidate->area == pa)
			return candidate;
	}
	fail_msg("no vCPU has the handle");
	return NULL;
}

/* All private memory; what was negotiated and how often it published may differ. */
static void note_private(struct driver *d)
{
	struct pkvm_hyp *hyp = machine_hyp(d->w.machine);
	struct pkvm_vcpu *vcpu = vcpu_inside(d);
	const uint64_t features = hyp->host.features, sequence = vcpu->summary_sequence;

	hyp->host.features = 0;
	vcpu->summary_sequence = 0;
	for (uint64_t pa = 0; pa < machine_ram_size(d->w.machine); pa += 4096) {
		if (!machine_host_sees(pa) && !pkvm_hyp_is_trace_page(hyp, pa))
			note_page(d, pa);
	}
	hyp->host.features = features;
	vcpu->summary_sequence = sequence;
}

static void note_state(struct driver *d, const struct pkvm_host_outcome *outcome)
{
	const struct pkvm_shared_page *page = d->w.vcpu.page;

	note(d, outcome->stop);
	note(d, outcome->exit.kind);
	note(d, outcome->exit.word0);
	note(d, outcome->exit.word1);
	note(d, outcome->exit.word2);
	note(d, outcome->exit.word3);
	for (size_t i = 0; i < sizeof(page->regs) / 8; i++)
		note(d, ((const uint64_t *)&page->regs)[i]);
	for (size_t i = 0; i < sizeof(page->apic) / 8; i++)
		note(d, ((const uint64_t *)&page->apic)[i]);
	for (size_t i = 0; i < 64; i++)
		note(d, d->apic.reg[i]);
	note(d, d->w.vmm.acks);
}

/* One seed with one kind of host: what each sequence came to. */
static void drive(struct driver *d, uint64_t seed, uint64_t *digest, unsigned int count)
{
	begin(d, seed);
	for (unsigned int i = 0; i < count; i++) {
		struct pkvm_host_outcome outcome;

		for (uint64_t left = next(d) % 6; left; left--)
			operate(d);
		outcome = pkvm_host_run(&d->w.vcpu, &d->devices, 1 + next(d) % 3);
		note_state(d, &outcome);
		if (i % 32 == 31) {
			/* What was left to the next run. */
			if (d->w.vcpu.load_due)
				pkvm_host_vcpu_load_now(&d->w.vcpu);
			pkvm_host_settle(&d->w.vcpu);
			note_private(d);
		}
		digest[i] = d->digest;
	}
	d->calls = d->w.vcpu.stats.calls;
	assert_false(pkvm_host_is_dead(&d->w.vm));
	finish(&d->w);
}

static void test_a_host_that_posts_and_one_that_calls_leave_the_same_behind(void **state)
{
	static uint64_t called[PER_SEED], posted[PER_SEED];
	static struct driver plain, posting;
	uint64_t calls[2] = {0};

	(void)state;
	for (unsigned long done = 0; done < sequences; done += PER_SEED) {
		const uint64_t seed = first_seed + done / PER_SEED;

		without = PKVM_FEAT_event_summary | PKVM_FEAT_posting;
		drive(&plain, seed, called, PER_SEED);
		without = 0;
		drive(&posting, seed, posted, PER_SEED);
		for (unsigned int i = 0; i < PER_SEED; i++) {
			if (called[i] != posted[i])
				fail_msg("seed %llu, sequence %u: the hosts differ",
					 (unsigned long long)seed, i);
		}
		calls[0] += plain.calls;
		calls[1] += posting.calls;
	}
	print_message("seeds from %llu: %lu sequences, %llu calls, or %llu with posting\n",
		      (unsigned long long)first_seed, sequences, (unsigned long long)calls[0],
		      (unsigned long long)calls[1]);
	assert_true(calls[1] * 2 < calls[0]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_host_that_posts_and_one_that_calls_leave_the_same_behind),
	};

	if (argc > 1)
		sequences = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

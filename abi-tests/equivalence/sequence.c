/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A sequence: a few operations of the host's, then a run of up to three exits. */
#include <string.h>

#include "../../host/memory.h"
#include "equivalence.h"
#include "fold.h"

#define MAX_VCPUS 4u
#define LAPIC_REGISTERS 64u

static void must(int error, const char *what)
{
	equivalence_must(!error, what);
}

/* SplitMix64. */
uint64_t equivalence_random(struct driver *d)
{
	uint64_t z = d->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void equivalence_note(struct driver *d, uint64_t value)
{
	d->digest = fold(d->digest, value);
}

/* Real-address mode at the guest's code, as RESET leaves the processor otherwise. */
static void prepare_vcpu(struct driver *d)
{
	struct pkvm_host_segment cs;

	pkvm_host_vcpu_load(&d->vcpu);
	pkvm_host_vcpu_reset(&d->vcpu, false);
	pkvm_host_get_segment(&d->vcpu, &cs, PKVM_SEG_CS);
	cs.base = 0;
	cs.selector = 0;
	pkvm_host_set_segment(&d->vcpu, &cs, PKVM_SEG_CS);
	d->vcpu.page->regs.rip = EQUIVALENCE_CODE;
	d->vcpu.page->regs.gpr[4] = EQUIVALENCE_STACK;
	must(pkvm_host_vm_finalize(&d->vm), "vm_finalize");
}

/* The local APIC is the VMM's, the host's, or the host's with APICv. */
static void make_vm(struct driver *d, uint64_t type, uint64_t apic)
{
	must(pkvm_host_vm_init(&d->vm, d->host, type, MAX_VCPUS), "vm_init");
	if (apic)
		must(pkvm_host_vm_create_irqchip(&d->vm, &d->chip, PKVM_IRQCHIP_SPLIT),
		     "the irqchip");
	must(pkvm_host_vcpu_create(&d->vm, &d->vcpu, 0), "vcpu_create");
	if (apic)
		must(pkvm_host_irqchip_add_lapic(&d->chip, &d->apic, &d->vcpu, 0),
		     "the local APIC");
	must(pkvm_host_memory_add(&d->vm, 0, EQUIVALENCE_RAM), "the guest's memory");
	equivalence_write_guest(d);
	prepare_vcpu(d);
	if (!apic)
		return;
	must(pkvm_host_set_apic_base(&d->vcpu, 0xfee00d00, false), "the APIC base");
	PKVM_HOST_APIC(&d->apic, SPIV) = 0x1ff;
	if (apic == 2) {
		d->vcpu.apicv_active = true;
		pkvm_host_refresh_apicv_exec_ctrl(&d->vcpu);
		equivalence_must(d->vcpu.apicv_active, "APICv");
	}
}

void equivalence_begin(struct driver *d, const struct pkvm_host *host, uint64_t seed,
		       bool has_clock)
{
	memset(d, 0, sizeof(*d));
	d->host = host;
	d->random = seed;
	d->irq = -1;
	d->has_clock = has_clock;
	equivalence_devices(d);
	make_vm(d, seed % 2, seed / 2 % 3);
}

static void note_words(struct driver *d, const void *from, size_t size)
{
	const uint64_t *word = from;

	for (size_t i = 0; i < size / 8; i++)
		equivalence_note(d, word[i]);
}

/* An npVM's vector that was posted waits in the page or, after a call, in the IRR. */
static void note_apic(struct driver *d)
{
	const struct pkvm_page_apic *apic = &d->vcpu.page->apic;

	equivalence_note(d, apic->tpr);
	for (unsigned int i = 0; i < 4; i++)
		equivalence_note(d, apic->irr[i] | (d->vm.protected_vm ? 0 : apic->posted[i]));
	note_words(d, apic->isr, sizeof(apic->isr));
}

static void note_state(struct driver *d, const struct pkvm_host_outcome *outcome)
{
	const struct pkvm_shared_page *page = d->vcpu.page;

	equivalence_note(d, outcome->stop);
	equivalence_note(d, outcome->exit.kind);
	equivalence_note(d, outcome->exit.word0);
	equivalence_note(d, outcome->exit.word1);
	equivalence_note(d, outcome->exit.word2);
	equivalence_note(d, outcome->exit.word3);
	note_words(d, &page->regs, sizeof(page->regs));
	note_apic(d);
	for (size_t i = 0; i < LAPIC_REGISTERS; i++)
		equivalence_note(d, d->apic.reg[i]);
	equivalence_note(d, d->acks);
}

/* An npVM's memory; a pVM's is the hypervisor's to look at. */
static void note_memory(struct driver *d)
{
	static uint64_t memory[EQUIVALENCE_RAM / 8];

	if (d->vm.protected_vm)
		return;
	must(pkvm_host_memory_read(&d->vm, 0, memory, sizeof(memory)), "the guest's memory");
	note_words(d, memory, sizeof(memory));
}

/* After what a host has left to its next run has been done. */
static void note_private(struct driver *d)
{
	if (d->vcpu.load_due)
		pkvm_host_vcpu_load_now(&d->vcpu);
	pkvm_host_settle(&d->vcpu);
	if (d->vcpu.apicv_active) {
		struct pkvm_optional_vector highest;

		must((int)pkvm_hc_sync_pir_to_irr(&highest).error, "sync_pir_to_irr");
		equivalence_note(d, highest.vector);
	}
	equivalence_note(d, equivalence_private(d));
}

void equivalence_drive(struct driver *d, uint64_t *digest, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct pkvm_host_outcome outcome;

		for (uint64_t left = equivalence_random(d) % 6; left; left--)
			equivalence_operate(d);
		outcome = pkvm_host_run(&d->vcpu, &d->devices, 1 + equivalence_random(d) % 3);
		note_state(d, &outcome);
		if (i % EQUIVALENCE_PERIOD == EQUIVALENCE_PERIOD - 1) {
			note_memory(d);
			note_private(d);
		}
		digest[i] = d->digest;
	}
	equivalence_must(!pkvm_host_is_dead(&d->vm), "the VM lives");
}

void equivalence_end(struct driver *d)
{
	must(pkvm_host_vm_destroy(&d->vm), "vm_destroy");
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Makes a vCPU in real-address mode, and runs it to its last OUT. */
#include "device.h"
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define CPUID_ENTRIES    256
#define CPUID_ROOM \
	(sizeof(struct kvm_cpuid2) + CPUID_ENTRIES * sizeof(struct kvm_cpuid_entry2))
#define CPUID_1_X2APIC   (1u << 21) /* ECX */
#define CPUID_1_ID_SHIFT 24         /* EBX */

#define BASE_ENABLE 0x800u
#define BASE_EXTD   0x400u

#define MAX_EXITS 16 /* a guest of ours makes three        */
#define SECONDS   20 /* and runs for microseconds          */

static void set_cpuid(bool x2apic)
{
	static _Alignas(struct kvm_cpuid2) uint8_t room[CPUID_ROOM];
	struct kvm_cpuid2 *table = (struct kvm_cpuid2 *)room;

	memset(room, 0, sizeof(room));
	table->nent = CPUID_ENTRIES;
	device_need("KVM_GET_SUPPORTED_CPUID", kvm.fd, KVM_GET_SUPPORTED_CPUID, table);
	for (uint32_t i = 0; i < table->nent && i < CPUID_ENTRIES; i++) {
		struct kvm_cpuid_entry2 *entry = &table->entries[i];

		if (entry->function != 1)
			continue;
		entry->ebx = (entry->ebx & 0xffffff) | APIC_ID << CPUID_1_ID_SHIFT;
		entry->ecx &= ~CPUID_1_X2APIC;
		entry->ecx |= x2apic ? CPUID_1_X2APIC : 0;
	}
	device_need("KVM_SET_CPUID2", kvm.vcpu, KVM_SET_CPUID2, table);
}

static void set_registers(enum apic_mode mode)
{
	struct kvm_regs regs = {.rip = GUEST_CODE, .rsp = GUEST_STACK, .rflags = 2};
	struct kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};
	struct kvm_sregs sregs = {.cr0 = 0};

	device_need("KVM_GET_SREGS", kvm.vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (kvm.chip != CHIP_NONE) {
		sregs.apic_base =
			APIC_BASE | BASE_ENABLE | (mode == APIC_X2APIC ? BASE_EXTD : 0);
		device_need("KVM_SET_MP_STATE", kvm.vcpu, KVM_SET_MP_STATE, &runnable);
	}
	device_need("KVM_SET_SREGS", kvm.vcpu, KVM_SET_SREGS, &sregs);
	device_need("KVM_SET_REGS", kvm.vcpu, KVM_SET_REGS, &regs);
	kvm.first = sregs;
}

void device_new_vcpu(enum apic_mode mode)
{
	int size;

	device_free_vcpu();
	kvm.vcpu = device_need("KVM_CREATE_VCPU", kvm.vm, KVM_CREATE_VCPU,
			       (void *)(unsigned long)APIC_ID);
	size = device_need("KVM_GET_VCPU_MMAP_SIZE", kvm.fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (kvm.trouble[0])
		return;
	kvm.run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm.vcpu, 0);
	if (kvm.run == MAP_FAILED || (size_t)size < sizeof(*kvm.run)) {
		device_trouble("the shared page of a vCPU cannot be mapped");
		kvm.run = kvm.run == MAP_FAILED ? NULL : kvm.run;
	}
	kvm.run_size = (size_t)size;
	set_cpuid(mode != APIC_NO_X2APIC);
	set_registers(mode);
}

void device_free_vcpu(void)
{
	if (kvm.run)
		munmap(kvm.run, kvm.run_size);
	if (kvm.vcpu >= 0)
		close(kvm.vcpu);
	kvm.run = NULL;
	kvm.vcpu = -1;
}

void device_load(uint64_t gpa, const void *from, size_t size)
{
	if (gpa > GUEST_RAM || size > GUEST_RAM - gpa)
		device_trouble("a guest of %zu bytes does not fit", size);
	else
		memcpy(kvm.ram + gpa, from, size);
}

static volatile sig_atomic_t late;

static void be_late(int signal)
{
	(void)signal;
	late = 1;
}

/* A signal that no system call is restarted after, so that KVM_RUN ends. */
static void watch(bool on)
{
	const struct itimerval time = {.it_value.tv_sec = on ? SECONDS : 0,
				       .it_interval.tv_sec = on ? 1 : 0};
	const struct sigaction action = {.sa_handler = on ? be_late : SIG_DFL};

	late = 0;
	if (on)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &time, NULL);
	if (!on)
		sigaction(SIGALRM, &action, NULL);
}

/* KVM_RUN, and again when a signal that is not ours ended it. */
static bool enter(void)
{
	int error;

	do
		error = device_ioctl(kvm.vcpu, KVM_RUN, NULL);
	while (error == -EINTR && !late);
	if (error == -EINTR)
		device_trouble("KVM_RUN: the guest made no exit in %d seconds", SECONDS);
	else if (error < 0)
		device_trouble("KVM_RUN: %s", strerror(-error));
	return error >= 0;
}

/* Up to the next exit; true: there is more to run. */
static bool step(struct ran *ran)
{
	if (!enter())
		return false;
	switch (kvm.run->exit_reason) {
	case KVM_EXIT_IOAPIC_EOI:
		ran->eoi = kvm.run->eoi.vector;
		return true;
	case KVM_EXIT_IO:
		if (ran->port < 0)
			ran->port = kvm.run->io.port;
		return kvm.run->io.port != PORT_LAST;
	default:
		device_trouble("KVM_RUN: exit reason %u, not an OUT", kvm.run->exit_reason);
		return false;
	}
}

struct ran device_run(void)
{
	struct ran ran = {.port = -1, .eoi = -1};
	bool more = !kvm.trouble[0];

	watch(true);
	for (unsigned int i = 0; i < MAX_EXITS && more; i++)
		more = step(&ran);
	watch(false);
	if (more)
		device_trouble("KVM_RUN: %d exits, and no last OUT", MAX_EXITS);
	return ran;
}

/* MOV [offset], EAX with a DS that begins where the APIC page does; OUT. */
int device_write_xapic(uint32_t offset, uint32_t value)
{
	const uint8_t code[] = {0x66, 0xa3, (uint8_t)offset, (uint8_t)(offset >> 8),
				0xe6, PORT_END, 0xe6, PORT_LAST, 0xf4};
	struct kvm_sregs sregs = {.cr0 = 0};
	struct kvm_regs regs = {.rip = GUEST_CODE, .rax = value, .rflags = 2};

	device_need("KVM_GET_SREGS", kvm.vcpu, KVM_GET_SREGS, &sregs);
	sregs.ds.base = APIC_BASE;
	sregs.ds.selector = (uint16_t)(APIC_BASE >> 4);
	device_need("KVM_SET_SREGS", kvm.vcpu, KVM_SET_SREGS, &sregs);
	device_need("KVM_SET_REGS", kvm.vcpu, KVM_SET_REGS, &regs);
	device_load(GUEST_CODE, code, sizeof(code));
	return device_run().port == PORT_END ? 0 : -EIO;
}

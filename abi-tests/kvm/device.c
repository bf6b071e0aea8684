/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Opens /dev/kvm, makes VMs, and sets their capabilities. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define API_VERSION  12           /* KVM API document, "KVM_GET_API_VERSION"    */
#define SPLIT_ROUTES 24           /* of the I/O APIC in user space              */
#define TSS_ADDRESS  0xfffbd000ul /* three pages that no guest here uses */

struct device_vm kvm = {.fd = -1, .vm = -1, .vcpu = -1};

int device_ioctl(int fd, unsigned long request, void *argument)
{
	const int result = ioctl(fd, request, argument);

	return result < 0 ? -errno : result;
}

void device_trouble(const char *format, ...)
{
	va_list arguments;

	if (kvm.trouble[0])
		return;
	va_start(arguments, format);
	vsnprintf(kvm.trouble, sizeof(kvm.trouble), format, arguments);
	va_end(arguments);
}

int device_need(const char *name, int fd, unsigned long request, void *argument)
{
	const int result = kvm.trouble[0] ? -EIO : device_ioctl(fd, request, argument);

	if (result < 0)
		device_trouble("%s: %s", name, strerror(-result));
	return result;
}

static const char *trouble(void)
{
	return kvm.trouble[0] ? kvm.trouble : NULL;
}

static int has(unsigned long cap)
{
	return device_ioctl(kvm.fd, KVM_CHECK_EXTENSION, (void *)cap);
}

static void free_vm(void)
{
	device_free_vcpu();
	if (kvm.vm >= 0)
		close(kvm.vm);
	kvm.vm = -1;
}

static unsigned int look(void)
{
	const int x2apic = has(KVM_CAP_X2APIC_API);
	const int both = X2APIC_ENABLE_SEOIB | X2APIC_DISABLE_SEOIB;
	unsigned int lacks = 0;

	if (has(KVM_CAP_EXCEPTION_PAYLOAD) <= 0)
		lacks |= LACKS_PAYLOAD;
	if (x2apic < 0 || (x2apic & both) != both)
		lacks |= LACKS_SUPPRESS_EOI;
	if (has(KVM_CAP_SPLIT_IRQCHIP) <= 0)
		lacks |= LACKS_SPLIT;
	if (has(KVM_CAP_SYNC_REGS) <= 0 || has(KVM_CAP_IMMEDIATE_EXIT) <= 0)
		lacks |= LACKS_COPY_OUT;
	return lacks;
}

static struct device unable(enum device_state state, const char *path, const char *why)
{
	struct device result = {.state = state};

	snprintf(result.why, sizeof(result.why), "%s %s", path, why);
	device_close();
	return result;
}

struct device device_open(const char *path)
{
	char why[100];
	int answer;

	kvm = (struct device_vm){.fd = -1, .vm = -1, .vcpu = -1};
	kvm.fd = open(path, O_RDWR | O_CLOEXEC);
	if (kvm.fd < 0) {
		const bool absent = errno == ENOENT || errno == ENODEV || errno == ENXIO;

		snprintf(why, sizeof(why), "cannot be opened (%s)", strerror(errno));
		return absent ? unable(DEVICE_ABSENT, path, "is absent")
			      : unable(DEVICE_DENIED, path, why);
	}
	answer = device_ioctl(kvm.fd, KVM_GET_API_VERSION, NULL);
	if (answer < 0) {
		snprintf(why, sizeof(why), "is no KVM: KVM_GET_API_VERSION: %s",
			 strerror(-answer));
		return unable(DEVICE_BROKEN, path, why);
	}
	if (answer != API_VERSION) {
		snprintf(why, sizeof(why), "has API version %d, not 12", answer);
		return unable(DEVICE_BROKEN, path, why);
	}
	kvm.ram = mmap(NULL, GUEST_RAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (kvm.ram == MAP_FAILED) {
		kvm.ram = NULL;
		return unable(DEVICE_BROKEN, path, "has no memory for a guest");
	}
	return (struct device){.state = DEVICE_READY, .lacks = look()};
}

void device_close(void)
{
	free_vm();
	if (kvm.ram)
		munmap(kvm.ram, GUEST_RAM);
	if (kvm.fd >= 0)
		close(kvm.fd);
	kvm.ram = NULL;
	kvm.fd = -1;
}

static void new_vm(void)
{
	struct kvm_userspace_memory_region slot = {
		.memory_size = GUEST_RAM,
		.userspace_addr = (uintptr_t)kvm.ram,
	};

	free_vm();
	memset(kvm.ram, 0, GUEST_RAM);
	kvm.chip = CHIP_NONE;
	kvm.vm = device_need("KVM_CREATE_VM", kvm.fd, KVM_CREATE_VM, NULL);
	device_need("KVM_SET_USER_MEMORY_REGION", kvm.vm, KVM_SET_USER_MEMORY_REGION, &slot);
	device_need("KVM_SET_TSS_ADDR", kvm.vm, KVM_SET_TSS_ADDR, (void *)TSS_ADDRESS);
}

static int flags(bool of_vm)
{
	return device_ioctl(of_vm ? kvm.vm : kvm.fd, KVM_CHECK_EXTENSION,
			    (void *)(unsigned long)KVM_CAP_X2APIC_API);
}

static int enable_cap(uint32_t cap, uint64_t argument)
{
	struct kvm_enable_cap in = {.cap = cap, .args = {argument}};

	return device_ioctl(kvm.vm, KVM_ENABLE_CAP, &in);
}

static int set_chip(enum chip chip)
{
	const int error = chip == CHIP_SPLIT ? enable_cap(KVM_CAP_SPLIT_IRQCHIP, SPLIT_ROUTES)
					     : device_ioctl(kvm.vm, KVM_CREATE_IRQCHIP, NULL);

	if (!error)
		kvm.chip = chip;
	return error;
}

static int set_flags(uint64_t value)
{
	return enable_cap(KVM_CAP_X2APIC_API, value);
}

static int set_payload(uint64_t value)
{
	return enable_cap(KVM_CAP_EXCEPTION_PAYLOAD, value);
}

static void drop_payload(void)
{
	struct kvm_enable_cap in = {.cap = KVM_CAP_EXCEPTION_PAYLOAD};

	device_need("KVM_ENABLE_CAP", kvm.vm, KVM_ENABLE_CAP, &in);
}

static const struct opinion opinion = {
	.trouble = trouble,
	.new_vm = new_vm,
	.flags = flags,
	.set_chip = set_chip,
	.set_flags = set_flags,
	.set_payload = set_payload,
	.drop_payload = drop_payload,
	.new_vcpu = device_new_vcpu,
	.load = device_load,
	.run = device_run,
	.get_lapic = device_get_lapic,
	.set_lapic = device_set_lapic,
	.write_xapic = device_write_xapic,
	.send_edge = device_send_edge,
	.send_level = device_send_level,
	.eoi_arrived = device_eoi_arrived,
	.get_events = device_get_events,
	.set_events = device_set_events,
	.get_cr2 = device_get_cr2,
	.set_cr2 = device_set_cr2,
	.get_debugregs = device_get_debugregs,
	.set_debugregs = device_set_debugregs,
	.copy_out = device_copy_out,
};

const struct opinion *device_opinion(void)
{
	return &opinion;
}

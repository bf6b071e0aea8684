/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A device that is not what it should be: the system calls are this file's, by
 * the linker's --wrap. Whatever they do, there is one line about it, no crash,
 * and nothing stays open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "ask.h"
#include "device.h"

enum { FD_KVM = 1000, FD_VM, FD_VCPU };

static struct {
	int open_errno;
	int api;
	int x2apic, payload, split, sync; /* what KVM_CHECK_EXTENSION says */
	unsigned long fail_request;       /* always, or                         */
	unsigned int fail_at;             /* the n-th ioctl, and with           */
	bool fail_on;                     /* all behind it                      */
	int fail_errno;
	uint32_t exit_reason;
	uint16_t port;            /* of each OUT; 0: as our guests do   */
	unsigned int interrupted; /* KVM_RUNs that a signal ends        */
	bool late;                /* the signal is our timer's          */
	size_t page_size;
	/* what came of it */
	unsigned int ioctls, runs;
	int descriptors, mappings;
	_Alignas(4096) uint8_t page[3 * 4096];
} fake;

int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);

int __wrap_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = fake.open_errno;
	fake.descriptors += !fake.open_errno;
	return fake.open_errno ? -1 : FD_KVM;
}

int __wrap_close(int fd)
{
	assert_in_range(fd, FD_KVM, FD_VCPU);
	fake.descriptors--;
	return 0;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	fake.mappings++;
	if (fd < 0)
		return __real_mmap(at, size, protection, flags, fd, offset);
	assert_int_equal(fd, FD_VCPU);
	return fake.page;
}

int __wrap_munmap(void *at, size_t size)
{
	fake.mappings--;
	return at == fake.page ? 0 : __real_munmap(at, size);
}

static int check_extension(unsigned long cap)
{
	switch (cap) {
	case KVM_CAP_X2APIC_API:
		return fake.x2apic;
	case KVM_CAP_EXCEPTION_PAYLOAD:
		return fake.payload;
	case KVM_CAP_SPLIT_IRQCHIP:
		return fake.split;
	default:
		return fake.sync;
	}
}

static int run(void)
{
	struct kvm_run *page = (struct kvm_run *)fake.page;

	if (page->immediate_exit || fake.interrupted) {
		fake.interrupted -= !page->immediate_exit;
		if (fake.late)
			raise(SIGALRM);
		errno = EINTR;
		return -1;
	}
	page->exit_reason = fake.exit_reason;
	page->io.port = fake.port ? fake.port : fake.runs++ % 2 ? PORT_LAST : PORT_END;
	return 0;
}

static int answer(unsigned long request, unsigned long argument)
{
	switch (request) {
	case KVM_GET_API_VERSION:
		return fake.api;
	case KVM_CHECK_EXTENSION:
		return check_extension(argument);
	case KVM_CREATE_VM:
		fake.descriptors++;
		return FD_VM;
	case KVM_CREATE_VCPU:
		fake.descriptors++;
		return FD_VCPU;
	case KVM_GET_VCPU_MMAP_SIZE:
		return (int)fake.page_size;
	case KVM_RUN:
		return run();
	default:
		return 0;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long argument;
	va_list arguments;

	va_start(arguments, request);
	argument = va_arg(arguments, unsigned long);
	va_end(arguments);
	fake.ioctls++;
	if (fd < FD_KVM) {
		errno = EBADF;
		return -1;
	}
	if (request == fake.fail_request || fake.ioctls == fake.fail_at ||
	    (fake.fail_on && fake.ioctls > fake.fail_at)) {
		errno = fake.fail_errno;
		return -1;
	}
	return answer(request, argument);
}

/* A kernel that has everything, and says yes to everything. */
static void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.api = 12;
	fake.x2apic = 0xf;
	fake.payload = fake.split = fake.sync = 1;
	fake.exit_reason = KVM_EXIT_IO;
	fake.page_size = sizeof(fake.page);
	fake.fail_errno = EIO;
}

/* Asks all; how many answers there are, and what the trouble was. */
static size_t ask_fake(char trouble[160])
{
	const struct device found = device_open("/dev/fake");
	struct sheet sheet = {.line = NULL};
	const char *why;
	size_t count;

	trouble[0] = '\0';
	if (found.state == DEVICE_READY)
		ask_all(device_opinion(), found.lacks, &sheet);
	why = device_opinion()->trouble();
	if (why)
		snprintf(trouble, 160, "%s", why);
	count = sheet.count;
	sheet_free(&sheet);
	device_close();
	assert_int_equal(fake.descriptors, 0);
	assert_int_equal(fake.mappings, 0);
	return count;
}

static void assert_unable(enum device_state state, const char *why)
{
	const struct device found = device_open("/dev/fake");

	assert_int_equal(found.state, state);
	assert_string_equal(found.why, why);
	assert_int_equal(fake.descriptors, 0);
	assert_int_equal(fake.mappings, 0);
}

static void test_device_that_does_not_open_is_absent_or_denied(void **state)
{
	static const int absent[] = {ENOENT, ENODEV, ENXIO};

	(void)state;
	fake_reset();
	for (size_t i = 0; i < 3; i++) {
		fake.open_errno = absent[i];
		assert_unable(DEVICE_ABSENT, "/dev/fake is absent");
	}
	fake.open_errno = EACCES;
	assert_unable(DEVICE_DENIED, "/dev/fake cannot be opened (Permission denied)");
	fake.open_errno = EPERM;
	assert_unable(DEVICE_DENIED, "/dev/fake cannot be opened (Operation not permitted)");
}

static void test_device_that_is_no_kvm_or_another_version_is_broken(void **state)
{
	(void)state;
	fake_reset();
	fake.fail_request = KVM_GET_API_VERSION;
	fake.fail_errno = ENOTTY;
	assert_unable(DEVICE_BROKEN, "/dev/fake is no KVM: KVM_GET_API_VERSION: "
				     "Inappropriate ioctl for device");
	fake_reset();
	fake.api = 11;
	assert_unable(DEVICE_BROKEN, "/dev/fake has API version 11, not 12");
}

static void assert_lacks(unsigned int lacks)
{
	assert_int_equal(device_open("/dev/fake").lacks, lacks);
	device_close();
}

/* Linux 4.14 and before, say. */
static void test_old_kernel_is_not_asked_for_what_it_lacks(void **state)
{
	char trouble[160];

	(void)state;
	fake_reset();
	assert_lacks(0);
	fake.x2apic = 0xb;
	assert_lacks(2);
	fake.x2apic = 0xf;
	fake.payload = 0;
	assert_lacks(1);
	fake.split = 0;
	assert_lacks(5);
	assert_int_equal(ask_fake(trouble), 0);
	fake_reset();
	fake.fail_request = KVM_CHECK_EXTENSION;
	assert_lacks(15);
	assert_int_equal(ask_fake(trouble), 0);
	assert_string_equal(trouble, "");
}

static void test_willing_kernel_is_asked_everything(void **state)
{
	char trouble[160];

	(void)state;
	fake_reset();
	assert_true(ask_fake(trouble) > 1700);
	assert_string_equal(trouble, "");
}

/* Some failures are answers; others leave a line. The first six only look around. */
static void test_each_ioctl_may_fail_once_or_from_then_on(void **state)
{
	char trouble[160];

	(void)state;
	for (unsigned int n = 7; n < 100; n++) {
		fake_reset();
		fake.fail_at = n;
		fake.fail_on = n % 2;
		if (!ask_fake(trouble))
			assert_string_not_equal(trouble, "");
		assert_null(strchr(trouble, '\n'));
	}
	fake_reset();
	fake.fail_request = KVM_CREATE_VM;
	fake.fail_errno = ENOMEM;
	assert_true(ask_fake(trouble) < 200);
	assert_string_equal(trouble, "KVM_CREATE_VM: Cannot allocate memory");
}

static void test_guest_that_does_not_end_is_trouble(void **state)
{
	char trouble[160];

	(void)state;
	fake_reset();
	fake.port = 0x55;
	assert_true(ask_fake(trouble) < 200);
	assert_string_equal(trouble, "KVM_RUN: 16 exits, and no last OUT");
	fake_reset();
	fake.exit_reason = KVM_EXIT_INTERNAL_ERROR;
	assert_true(ask_fake(trouble) < 200);
	assert_string_equal(trouble, "KVM_RUN: exit reason 17, not an OUT");
	fake_reset();
	fake.fail_request = KVM_RUN;
	fake.fail_errno = ENODEV;
	assert_true(ask_fake(trouble) < 200);
	assert_string_equal(trouble, "KVM_RUN: No such device");
}

static void test_signal_ends_a_run_for_good_only_when_time_is_up(void **state)
{
	char trouble[160];

	(void)state;
	fake_reset();
	fake.interrupted = 3;
	assert_true(ask_fake(trouble) > 1700);
	assert_int_equal(fake.interrupted, 0);
	assert_string_equal(trouble, "");
	fake_reset();
	fake.interrupted = 3;
	fake.late = true;
	assert_true(ask_fake(trouble) < 200);
	assert_int_equal(fake.interrupted, 2);
	assert_string_equal(trouble, "KVM_RUN: the guest made no exit in 20 seconds");
}

static void test_shared_page_that_is_too_small_is_trouble(void **state)
{
	char trouble[160];

	(void)state;
	fake_reset();
	fake.page_size = 64;
	assert_true(ask_fake(trouble) < 200);
	assert_string_equal(trouble, "the shared page of a vCPU cannot be mapped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_that_does_not_open_is_absent_or_denied),
		cmocka_unit_test(test_device_that_is_no_kvm_or_another_version_is_broken),
		cmocka_unit_test(test_old_kernel_is_not_asked_for_what_it_lacks),
		cmocka_unit_test(test_willing_kernel_is_asked_everything),
		cmocka_unit_test(test_each_ioctl_may_fail_once_or_from_then_on),
		cmocka_unit_test(test_guest_that_does_not_end_is_trouble),
		cmocka_unit_test(test_signal_ends_a_run_for_good_only_when_time_is_up),
		cmocka_unit_test(test_shared_page_that_is_too_small_is_trouble),
	};

	return cmocka_run_group_tests_name("kvm device", tests, NULL, NULL);
}

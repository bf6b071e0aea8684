/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The system calls of the player's libc, by their numbers on Linux for x86-64: a
 * console, a clock, memory that is never given back, and the files of the archive
 * to read. Everything else is -ENOSYS.
 *
 * This file leaves the extended registers alone: a system call keeps them.
 */
#include "../common/console.h"
#include "../common/x86.h"
#include "../host/host.h"
#include "player.h"

/* What syscall.S pushes; the result goes back in RAX. */
struct player_call {
	int64_t rax;
	uint64_t rdi;
	uint64_t rsi;
	uint64_t rdx;
	uint64_t r10;
	uint64_t r8;
	uint64_t r9;
};

struct player_vector {
	const char *base;
	size_t length;
};

enum {
	SYS_READ = 0, SYS_WRITE = 1, SYS_OPEN = 2, SYS_CLOSE = 3, SYS_LSEEK = 8,
	SYS_MMAP = 9, SYS_MUNMAP = 11, SYS_BRK = 12, SYS_IOCTL = 16, SYS_READV = 19,
	SYS_WRITEV = 20, SYS_FCNTL = 72, SYS_ARCH_PRCTL = 158, SYS_SET_TID_ADDRESS = 218,
	SYS_CLOCK_GETTIME = 228, SYS_EXIT_GROUP = 231
};

enum { ENOENT = 2, EBADF = 9, ENOMEM = 12, EINVAL = 22, ENOTTY = 25, ENOSYS = 38 };

#define STDERR        2u
#define FIRST_FILE    3u
#define FILES         8u
#define ARCH_SET_FS   0x1002u
#define MAP_ANONYMOUS 0x20u
#define PAGE          UINT64_C(4096)
#define HEAP_SIZE     (UINT64_C(6) << 20)
#define NANOSECONDS   1000000000u       /* of a clock that counts the TSC as such */

_Static_assert(sizeof(struct player_call) == 56, "what syscall.S pushes");

static _Alignas(4096) uint8_t heap[HEAP_SIZE];
static uint64_t heap_used;

static struct {
	const char *data;       /* NULL: closed */
	size_t size;
	size_t at;
} files[FILES];

static int64_t write_console(uint64_t file, const char *text, size_t length)
{
	const char begin[] = {PLAYER_STDERR_BEGIN, 0}, end[] = {PLAYER_STDERR_END, 0};

	if (file == STDERR)
		console_text(begin);
	for (size_t i = 0; i < length; i++)
		x86_out8(BOOT_CONSOLE_PORT, (uint8_t)text[i]);
	if (file == STDERR)
		console_text(end);
	return (int64_t)length;
}

static int64_t open_file(const char *name)
{
	unsigned int i = 0;

	while (i < FILES && files[i].data)
		i++;
	if (i == FILES)
		return -ENOMEM;
	files[i].at = 0;
	if (!player_file(name, &files[i].data, &files[i].size))
		return -ENOENT;
	return FIRST_FILE + i;
}

static bool is_open(uint64_t file)
{
	return file >= FIRST_FILE && file - FIRST_FILE < FILES && files[file - FIRST_FILE].data;
}

static int64_t read_file(uint64_t file, char *to, size_t length)
{
	size_t rest;

	if (!is_open(file))
		return -EBADF;
	rest = files[file - FIRST_FILE].size - files[file - FIRST_FILE].at;
	length = length < rest ? length : rest;
	for (size_t i = 0; i < length; i++)
		to[i] = files[file - FIRST_FILE].data[files[file - FIRST_FILE].at++];
	return (int64_t)length;
}

/* The vectors are written or read in their order; a short one ends the call. */
static int64_t each(const struct player_call *call, bool write)
{
	const struct player_vector *vector = (const struct player_vector *)call->rsi;
	int64_t sum = 0;

	for (uint64_t i = 0; i < call->rdx; i++) {
		const int64_t done =
			write ? write_console(call->rdi, vector[i].base, vector[i].length) :
				read_file(call->rdi, (char *)(uintptr_t)vector[i].base,
					  vector[i].length);

		if (done < 0)
			return sum ? sum : done;
		sum += done;
		if ((size_t)done < vector[i].length)
			break;
	}
	return sum;
}

/* Fresh pages are zero, as .bss is. */
static int64_t map(const struct player_call *call)
{
	const uint64_t size = (call->rsi + PAGE - 1) & ~(PAGE - 1);

	if (!(call->r10 & MAP_ANONYMOUS))
		return -ENOSYS;
	if (!size || size > HEAP_SIZE - heap_used)
		return -ENOMEM;
	heap_used += size;
	return (int64_t)(uintptr_t)&heap[heap_used - size];
}

static int64_t clock(uint64_t *seconds)
{
	const uint64_t now = x86_rdtsc();

	seconds[0] = now / NANOSECONDS;
	seconds[1] = now % NANOSECONDS;
	return 0;
}

static int64_t close_file(uint64_t file)
{
	if (!is_open(file))
		return -EBADF;
	files[file - FIRST_FILE].data = NULL;
	return 0;
}

static _Noreturn void end(uint64_t status)
{
	console_text(PLAYER_STATUS);
	console_decimal(status);
	console_text("\n");
	host_stop(true);
}

static int64_t answer(const struct player_call *call)
{
	switch (call->rax) {
	case SYS_READ:
		return read_file(call->rdi, (char *)call->rsi, call->rdx);
	case SYS_READV:
		return each(call, false);
	case SYS_WRITE:
		return write_console(call->rdi, (const char *)call->rsi, call->rdx);
	case SYS_WRITEV:
		return each(call, true);
	case SYS_OPEN:
		return open_file((const char *)call->rdi);
	case SYS_CLOSE:
		return close_file(call->rdi);
	case SYS_MMAP:
		return map(call);
	case SYS_MUNMAP:
	case SYS_FCNTL:
		return 0;
	case SYS_IOCTL:
		return -ENOTTY;
	case SYS_ARCH_PRCTL:
		if (call->rdi != ARCH_SET_FS)
			return -EINVAL;
		player_set_fs(call->rsi);
		return 0;
	case SYS_SET_TID_ADDRESS:
		return 1;
	case SYS_CLOCK_GETTIME:
		return clock((uint64_t *)call->rsi);
	case SYS_EXIT_GROUP:
		end(call->rdi);
	default:
		return -ENOSYS;
	}
}

void player_syscall(struct player_call *call);

void player_syscall(struct player_call *call)
{
	call->rax = answer(call);
}

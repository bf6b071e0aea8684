/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Finds files in the cpio archive that came with the image (format "newc"). */
#include "../host/host.h"
#include "player.h"

/* A header is a magic number and 13 fields of 8 hexadecimal digits. */
#define MAGIC       "070701"
#define HEADER_SIZE 110u
#define FIELD(N)    (6u + 8u * (N))
#define FILE_SIZE   6u
#define NAME_SIZE   11u

static uint64_t hexadecimal(const char *digits)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++) {
		const char c = digits[i];

		value = value << 4 | (uint64_t)(c >= 'a' ? c - 'a' + 10 :
						c >= 'A' ? c - 'A' + 10 : c - '0');
	}
	return value;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_header(const char *at)
{
	for (unsigned int i = 0; MAGIC[i]; i++) {
		if (at[i] != MAGIC[i])
			return false;
	}
	return true;
}

/* Names and contents begin at multiples of 4 bytes. */
bool player_file(const char *name, const char **data, size_t *size)
{
	const char *archive = (const char *)(uintptr_t)host_boot_info->commands;
	const uint64_t end = host_boot_info->commands_size;
	uint64_t at = 0;

	while (at + HEADER_SIZE < end && is_header(archive + at)) {
		const uint64_t name_size = hexadecimal(archive + at + FIELD(NAME_SIZE));
		const uint64_t file_size = hexadecimal(archive + at + FIELD(FILE_SIZE));
		const uint64_t content = (at + HEADER_SIZE + name_size + 3) & ~UINT64_C(3);

		if (content > end || file_size > end - content)
			return false;
		if (same(archive + at + HEADER_SIZE, name)) {
			*data = archive + content;
			*size = file_size;
			return true;
		}
		at = (content + file_size + 3) & ~UINT64_C(3);
	}
	return false;
}

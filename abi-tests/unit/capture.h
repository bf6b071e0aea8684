/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads a CPUID capture of scenarios/captures into entries, for unit tests.
 */
#ifndef PKVM_TEST_CAPTURE_H
#define PKVM_TEST_CAPTURE_H

#include <stdio.h>
#include <string.h>
#include <pkvm/cpuid.h>

/* The source file that includes this one lies in abi-tests/unit. */
#define CAPTURE_DIR "/../../scenarios/captures/"

static inline int capture_line(const char *line, struct pkvm_cpuid_entry *entry)
{
	const int fields =
		sscanf(line, " 0x%x 0x%x: eax=0x%x ebx=0x%x ecx=0x%x edx=0x%x flags=0x%x",
		       &entry->function, &entry->index, &entry->eax, &entry->ebx, &entry->ecx,
		       &entry->edx, &entry->flags);

	if (fields == 6 && pkvm_cpuid_has_subleaves(entry->function))
		entry->flags = 1;
	return fields >= 6;
}

/* Returns the number of entries; 0 when there is no such capture. */
static inline uint32_t capture_read(const char *source_file, const char *name,
				    struct pkvm_cpuid_entry *table, uint32_t max)
{
	char path[1024];
	char line[256];
	uint32_t count = 0;
	const char *slash = strrchr(source_file, '/');
	FILE *file;

	snprintf(path, sizeof(path), "%.*s" CAPTURE_DIR "%s",
		 slash ? (int)(slash - source_file) : 1, slash ? source_file : ".", name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	memset(table, 0, max * sizeof(*table));
	while (count < max && fgets(line, sizeof(line), file))
		count += (uint32_t)capture_line(line, &table[count]);
	fclose(file);
	return count;
}

#endif

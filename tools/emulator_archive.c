/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What goes into the image: a cpio archive ("newc") of the command line, the scenario,
 * and every file that it names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baremetal/player/player.h"
#include "emulator.h"
#include "scenario.h"

#define REGULAR_FILE 0x81a4u    /* mode: readable by all */

static void pad(FILE *archive)
{
	while (ftell(archive) % 4)
		putc(0, archive);
}

/* Magic and 13 fields of 8 digits, name, content. */
static void add(FILE *archive, const char *name, const void *content, size_t size)
{
	fprintf(archive, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0u,
		REGULAR_FILE, 0u, 0u, 1u, 0u, size, 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);
	fwrite(name, 1, strlen(name) + 1, archive);
	pad(archive);
	fwrite(content, 1, size, archive);
	pad(archive);
}

/* Words, each ended by a zero byte. */
static void add_command(FILE *archive, const struct emulator_command *command)
{
	char words[2048];
	size_t used = 0;

	for (unsigned int i = 0; i < command->words; i++) {
		const size_t length = strlen(command->word[i]) + 1;

		if (length > sizeof(words) - used)
			break;
		memcpy(words + used, command->word[i], length);
		used += length;
	}
	add(archive, PLAYER_COMMAND, words, used);
}

/* One that cannot be read is not there: the player says so, as it would here. */
static void add_file(FILE *archive, const char *path)
{
	FILE *file = fopen(path, "r");
	char *content = NULL;
	size_t size = 0;
	ssize_t length;

	if (!file)
		return;
	length = getdelim(&content, &size, '\0', file);
	add(archive, path, content, length > 0 ? (size_t)length : 0);
	free(content);
	fclose(file);
}

/* Files that are named again have been added before. */
static void add_files(FILE *archive, const struct text *text)
{
	for (const struct text_file *file = text->files; file; file = file->next) {
		const struct text_file *later = file->next;

		while (later && strcmp(later->path, file->path))
			later = later->next;
		if (!later)
			add_file(archive, file->path);
	}
}

bool emulator_write_archive(FILE *archive, struct text *text,
			    const struct emulator_command *command)
{
	add_command(archive, command);
	scenario_note_captures(text);
	add_files(archive, text);
	add(archive, "TRAILER!!!", "", 0);
	return !fflush(archive) && !ferror(archive);
}

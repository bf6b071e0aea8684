/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Asks the running kernel all there is to ask, and says what it is. */
#ifndef PKVM_KVM_RUNNING_H
#define PKVM_KVM_RUNNING_H

#include "device.h"
#include "sheet.h"

/*
 * False: the device opens, and cannot be asked; why is on stderr. Without one
 * that opens the sheet stays empty, and device->why is for the caller to say.
 */
bool running_ask(const char *path, struct device *device, struct sheet *sheet);

#endif

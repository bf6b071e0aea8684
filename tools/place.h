/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where the command finds the files of its own: an installed one beside itself, any
 * other in the trees that it was built from.
 */
#ifndef PKVM_TOOLS_PLACE_H
#define PKVM_TOOLS_PLACE_H

const char *place_image(void);          /* the image that plays scenarios       */
const char *place_run_image(void);      /* baremetal/run.sh                     */
const char *place_differences(void);    /* scenarios/vmx-differences.txt        */

#endif

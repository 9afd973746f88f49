// SPDX-License-Identifier: Apache-2.0
// The module is its headers; a target needs one translation unit.
#include "CKernels.h"

// SPDX-License-Identifier: Apache-2.0

#ifndef SEMBLANCE_CKERNELS_H
#define SEMBLANCE_CKERNELS_H

#include "count.h"
#include "number.h"
#include "population.h"
#include "product.h"
#include "scan.h"

#endif

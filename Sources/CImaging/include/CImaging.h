#ifndef HEADCOUNT_CIMAGING_H
#define HEADCOUNT_CIMAGING_H

// Header names carry a prefix because <png.h>, <tiff.h> and <jpeglib.h> are searched in this folder first.
#include "imaging_encode.h"
#include "imaging_exif.h"
#include "imaging_orient.h"
#include "imaging_reader.h"
#include "imaging_resample.h"

#endif

#ifndef HEADCOUNT_IMAGING_STATUS_H
#define HEADCOUNT_IMAGING_STATUS_H

/// What became of a call into a picture library.
typedef enum ImagingStatus {
    ImagingStatusOk = 0,
    /// The bytes contradict the format.
    ImagingStatusCorrupt,
    /// The bytes end before the picture does.
    ImagingStatusTruncated,
    /// The format is right and the feature is one that is not read.
    ImagingStatusUnsupported,
    /// Memory could not be had.
    ImagingStatusNoMemory,
} ImagingStatus;

/// Room for the one line that says what was wrong, its zero included.
enum { ImagingReasonSize = 200 };

#endif

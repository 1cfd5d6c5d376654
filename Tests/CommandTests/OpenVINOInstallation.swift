import Inference
import Testing

/// The CPU runtime that `headcount work` counts with.
enum OpenVINOInstallation {
    static let isPresent = (try? OpenVINOLibrary()) != nil
    static let absence: Comment = "OpenVINO is not installed: run Deploy/openvino"
}

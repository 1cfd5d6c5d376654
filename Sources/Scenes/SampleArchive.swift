import Concurrency
import Dispatch

/// A folder of rendered pictures with what is true about them.
///
/// `images/0001.jpg` and so on; `truth.csv` with the columns `image,count`; `points.csv` with `image,x,y`, one row per
/// head in pixels. `image` is the file's name in `images`.
public enum SampleArchive {
    /// What has been rendered so far, and the first thing that went wrong.
    private struct Progress: Sendable {
        var done = 0
        var bytes = 0
        var heads: [[RenderedScene.Head]]
        var names: [String]
        var failure: ScenesError?
    }

    /// Renders pictures into `folder`, which is made where it is not there.
    ///
    /// Pictures are rendered on every core; their bytes do not depend on it. Each file is written under another name
    /// first and renamed, the two lists last, so that a folder with a `truth.csv` is whole. A folder that an earlier
    /// call wrote is written over, and its pictures beyond `images` are removed.
    /// - Parameters:
    ///   - images: number of pictures; a larger archive of a seed begins with the pictures of a smaller one.
    ///   - progress: told the number of pictures done after each, in ascending order, on any thread.
    /// - Throws: `ScenesError.foreignFolder` where the folder holds anything that is not a sample archive's.
    public static func write(
        to folder: String, images: Int, seed: UInt64, progress: @Sendable (Int) -> Void
    ) throws(ScenesError) -> SampleSummary {
        try write(to: folder, images: images, renderer: SceneRenderer(seed: seed), progress: progress)
    }

    static func write(
        to folder: String, images: Int, renderer: SceneRenderer, progress: @Sendable (Int) -> Void
    ) throws(ScenesError) -> SampleSummary {
        let folder = SampleFolder(path: folder)
        try folder.prepare()
        let state = Locked(
            Progress(heads: Array(repeating: [], count: images), names: Array(repeating: "", count: images)))
        DispatchQueue.concurrentPerform(iterations: images) { index in
            guard state.withLock({ $0.failure == nil }) else { return }
            do throws(ScenesError) {
                let rendered = try renderer.render(renderer.scene(index))
                try folder.write(rendered.encoded, to: SampleFolder.pictures + "/" + rendered.fileName)
                state.withLock { state in
                    state.heads[index] = rendered.heads
                    state.names[index] = rendered.fileName
                    state.bytes += rendered.encoded.count
                    state.done += 1
                    progress(state.done)
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
        let result = state.withLock { $0 }
        if let failure = result.failure { throw failure }
        try folder.removePictures(except: result.names)
        try folder.write(Array(points(result).utf8), to: SampleFolder.points)
        try folder.write(Array(truth(result).utf8), to: SampleFolder.truth)
        return SampleSummary(
            images: images, heads: result.heads.reduce(0) { $0 + $1.count }, bytes: result.bytes)
    }

    private static func truth(_ result: Progress) -> String {
        zip(result.names, result.heads).reduce(into: "image,count\n") { text, picture in
            text += "\(picture.0),\(picture.1.count)\n"
        }
    }

    private static func points(_ result: Progress) -> String {
        zip(result.names, result.heads).reduce(into: "image,x,y\n") { text, picture in
            for head in picture.1 { text += "\(picture.0),\(head.x),\(head.y)\n" }
        }
    }
}

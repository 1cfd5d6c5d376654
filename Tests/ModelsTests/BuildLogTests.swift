import Testing

@testable import Models

@Suite struct BuildLogTests {
    @Test("the compiler's own words tell why it failed, with the operator that it names before them")
    func operation() {
        let log = BuildLog(
            text: """
                [Running]: tpuc-opt n.mlir --convert-top-to-tpu="asymmetric=False"
                %10 = "top.CumSum"(%8, %9) {axis = 2 : i64}
                unimplemented tpu dialect!
                UNREACHABLE executed at /__w/tpu-mlir/lib/Conversion/TopToTpu/TopToTpuPass.cpp:1921!
                Aborted
                Traceback (most recent call last):
                RuntimeError: [!Error]: tpuc-opt n.mlir --convert-top-to-tpu="asymmetric=False"
                """)
        #expect(log.reason == #"unimplemented tpu dialect! %10 = "top.CumSum"(%8, %9) {axis = 2 : i64}"#)
    }

    @Test(
        "else the last line that names an error, else the last line",
        arguments: [
            ("reading\nValueError: no such shape\n[Running]: done", "ValueError: no such shape"),
            ("ValueError: no such shape\nRuntimeError: [!Error]: tpuc-opt n.mlir", "ValueError: no such shape"),
            ("Killed\n", "Killed"), ("a\r\n  b  ", "b"),
        ])
    func error(text: String, reason: String) {
        #expect(BuildLog(text: text).reason == reason)
    }

    @Test func nothingSaidIsNoReason() {
        #expect(BuildLog(text: "").reason == nil)
    }
}

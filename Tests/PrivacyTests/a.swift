@testable import Privacy
import Testing
@Test func t(){ #expect(hidden()==3) }

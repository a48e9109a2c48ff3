/// The icons, drawn in a 16 × 16 box in the current colour. Each has a shape of its own, so that states differ
/// without colour.
public enum Icon: Sendable {
  case check, triangle, flame, stop, dashed, bell, hand, mute, clock, pencil, person, book, arrow, back

  /// Hidden from screen readers: the word stands beside it.
  var svg: HTML {
    switch self {
    case .check:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5"/>\
        <path d="m5 8.3 2.1 2.1L11.2 6"/></svg>
        """)
    case .triangle:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2 14.5 13.5h-13Z"/>\
        <path d="M8 6.5v3.3m0 1.7v.1"/></svg>
        """)
    case .flame:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path class="solid" d="M8.4 1c.5 2.4 4.6 4.4 4.6 \
        8.4A4.9 4.9 0 0 1 8 14.5a4.9 4.9 0 0 1-5-5.1c0-1.9 1-3.2 2-4.3.1 1.3.6 2 1.3 2.3C6.1 5 6.6 \
        2.7 8.4 1Z"/></svg>
        """)
    case .stop:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path class="solid" d="M5 1.5h6L14.5 5v6L11 \
        14.5H5L1.5 11V5Z"/><path class="cut" d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6"/></svg>
        """)
    case .dashed:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" \
        stroke-dasharray="2.4 2.5"/></svg>
        """)
    case .bell:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path class="solid" d="M8 1.5a4.3 4.3 0 0 0-4.3 \
        4.3c0 3.4-1.2 4.9-1.9 5.7h12.4c-.7-.8-1.9-2.3-1.9-5.7A4.3 4.3 0 0 0 8 1.5Z"/><path d="M6.5 \
        13.7c.7 1 2.3 1 3 0"/></svg>
        """)
    case .hand:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="5" r="2.7"/><path d="M2.7 \
        14c.4-3 2.5-4.6 5.3-4.6s4.9 1.6 5.3 4.6"/></svg>
        """)
    case .mute:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2a4 4 0 0 0-4 4c0 3.2-1 4.5-1.7 \
        5.3h11.4C13 10.5 12 9.2 12 6a4 4 0 0 0-4-4ZM6.6 13.6c.7.8 2.1.8 2.8 0M2 2l12 12"/></svg>
        """)
    case .clock:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5"/>\
        <path d="M8 4.3V8l2.5 1.7"/></svg>
        """)
    case .pencil:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="m2.5 13.5.8-3.2 7.6-7.6 2.4 2.4-7.6 \
        7.6Z"/></svg>
        """)
    case .person:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="5" r="2.7"/><path d="M2.7 \
        14c.4-3 2.5-4.6 5.3-4.6s4.9 1.6 5.3 4.6"/></svg>
        """)
    case .book:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3.5C6.5 2.5 4.5 2.3 2 2.5v10c2.5-.2 \
        4.5 0 6 1 1.5-1 3.5-1.2 6-1v-10c-2.5-.2-4.5 0-6 1Zm0 0v10"/></svg>
        """)
    case .back:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.5 3 2.5 7l4 4M3 7h6.5a4 4 0 0 1 0 8H7"/>\
        </svg>
        """)
    case .arrow:
      .markup(
        """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h10M9 4l4 4-4 4"/></svg>
        """)
    }
  }
}

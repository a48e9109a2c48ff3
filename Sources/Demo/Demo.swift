import Hummingbird
public enum DemoPlaceholder {}

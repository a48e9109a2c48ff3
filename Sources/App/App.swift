import Runtime
public enum AppPlaceholder {}

import AsyncHTTPClient
public enum OutboundPlaceholder {}
